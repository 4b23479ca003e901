/** Addresses without what opens them: a signature that is made anew each time is no part of what the address names. */
import { createHash } from "node:crypto";

/** Parameters of shared access signatures (service, account and user delegation). */
const signing = new Set(
  (
    "sv ss srt sr sp st se sip spr si sig skoid sktid skt ske sks skv saoid suoid scid sdd ses sduoid skdutid " +
    "rscc rscd rsce rscl rsct epk erk spk srk tn"
  ).split(" "),
);

/** Scheme, host and path; what else than a signature stood behind `?` follows as its SHA-256, since it may be secret. */
export function plainAddress(address: string): string {
  const [before = "", ...rest] = withoutSignature(address).split("#", 1)[0]?.split("?") ?? [];
  const query = rest.join("?");
  return query === "" ? before : `${before}?sha256:${createHash("sha256").update(query).digest("hex")}`;
}

/** A text with the signatures taken out of its addresses; addresses without one stay as they are. */
export function withoutSignatures(text: string): string {
  return text.replace(/https?:\/\/[^\s'"`<>]+/gi, withoutSignature);
}

function withoutSignature(address: string): string {
  const at = address.indexOf("?");
  if (at < 0) return address;
  const parameters = address.slice(at + 1).split("&");
  const names = parameters.map((one) => one.split("=", 1)[0]?.toLowerCase() ?? "");
  if (!names.includes("sig")) return address;
  const kept = parameters.filter((_, index) => !signing.has(names[index] ?? ""));
  return kept.length === 0 ? address.slice(0, at) : `${address.slice(0, at)}?${kept.join("&")}`;
}
