/** A development build: names and IDs of its own, so that it is installed beside the released extension. */
import { createHash } from "node:crypto";

/** What the stamping changes in vss-extension.json; the rest stays. */
export interface StampedExtension {
  readonly id: string;
  readonly name: string;
  readonly version: string;
}

/** What the stamping changes in task.json; the rest stays. */
export interface StampedTask {
  readonly id: string;
  readonly name: string;
  readonly friendlyName: string;
  readonly version: { readonly Major: number; readonly Minor: number; readonly Patch: number };
}

/** Whose build it is, and its number. */
export interface Development {
  /** Letters and digits, e.g. `dev` or `ana`. */
  readonly label: string;
  /** Whole minutes since 2025, so that a later build has a higher version; from 1. */
  readonly build: number;
}

/** The build of this moment. Throws an Error where the label is not of 1 to 12 letters and digits, beginning with a letter. */
export function describeDevelopment(label: string, now: Date): Development {
  if (!/^[A-Za-z][A-Za-z0-9]{0,11}$/.test(label)) {
    throw new Error(`"${label}" cannot be a label: 1 to 12 letters and digits are expected, a letter first.`);
  }
  return { label: label.toLowerCase(), build: Math.floor((now.getTime() - Date.UTC(2025, 0)) / 60_000) };
}

/** The extension's manifest as the development build has it. */
export function stampExtension<T extends StampedExtension>(manifest: T, { label, build }: Development): T {
  const [major = "0", minor = "0"] = manifest.version.split(".");
  const version = `${major}.${minor}.${String(build)}`;
  return { ...manifest, id: `${manifest.id}-${label}`, name: `${manifest.name} (${label})`, version };
}

/** A task's manifest as the development build has it: `AzureImageBuilder` becomes `AzureImageBuilderDev`. */
export function stampTask<T extends StampedTask>(manifest: T, { label, build }: Development): T {
  const word = `${label.charAt(0).toUpperCase()}${label.slice(1)}`;
  return {
    ...manifest,
    id: derivedId(manifest.id, label),
    name: `${manifest.name}${word}`,
    // 40 characters at most, as the service wants it.
    friendlyName: `${manifest.friendlyName.slice(0, 40 - label.length - 3)} (${label})`,
    version: { ...manifest.version, Patch: build },
  };
}

/** A GUID that is always the same for the released ID and the label (name-based, RFC 9562, version 5). */
function derivedId(id: string, label: string): string {
  const digest = createHash("sha1")
    .update(Buffer.from(id.replaceAll("-", ""), "hex"))
    .update(label)
    .digest();
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = digest.subarray(0, 16).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
