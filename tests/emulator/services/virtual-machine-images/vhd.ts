/** A small but real virtual hard disk file: fixed size, as Azure takes them. */
import { createHash } from "node:crypto";

/** Bytes of the disk before its footer: no file system is written on it, the image's files are kept beside it. */
const DISK_BYTES = 64 * 1024;
const FOOTER_BYTES = 512;

/** A fixed VHD (Virtual Hard Disk Image Format Specification) whose first sector names the image. */
export function smallVhd(name: string, now: Date): Buffer {
  const disk = Buffer.alloc(DISK_BYTES);
  disk.write(`Disk of ${name}; its content is kept by the emulator.\n`);
  const footer = Buffer.alloc(FOOTER_BYTES);
  footer.write("conectix", 0, "latin1");
  footer.writeUInt32BE(2, 8);
  footer.writeUInt32BE(0x00010000, 12);
  footer.writeBigUInt64BE(0xffffffffffffffffn, 16);
  // Seconds since the first of January 2000.
  footer.writeUInt32BE(Math.max(0, Math.floor(now.getTime() / 1000) - 946_684_800), 24);
  footer.write("aib ", 28, "latin1");
  footer.writeUInt32BE(0x00010000, 32);
  footer.write("Wi2k", 36, "latin1");
  footer.writeBigUInt64BE(BigInt(DISK_BYTES), 40);
  footer.writeBigUInt64BE(BigInt(DISK_BYTES), 48);
  // Cylinders, heads, sectors for every track; then the kind: fixed.
  footer.writeUInt16BE(2, 56);
  footer.writeUInt8(4, 58);
  footer.writeUInt8(17, 59);
  footer.writeUInt32BE(2, 60);
  createHash("sha256").update(name).digest().copy(footer, 68, 0, 16);
  const sum = footer.reduce((total, byte) => total + byte, 0);
  footer.writeUInt32BE(~sum >>> 0, 64);
  return Buffer.concat([disk, footer]);
}
