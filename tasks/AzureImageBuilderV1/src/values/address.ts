/** Blob addresses. */
import { problemCodes } from "../codes.ts";
import { bad, good, nameParser, type Parser } from "./parsed.ts";

const legal =
  "the HTTPS address of a blob that does not exist yet, e.g. https://stimages.blob.core.windows.net/vhds/web.vhd";

/** Where a VHD goes: https, a host, a container and a blob, no signature. The value is the text as given. */
export const parseBlobAddress: Parser<string> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.protocol !== "https:" || !/^\/[^/]+\/.*[^/]$/.test(url.pathname)) {
    return bad(problemCodes.badAddress, "this is not the HTTPS address of a blob", legal);
  }
  if (url.search !== "" || url.hash !== "" || url.username !== "") {
    return bad(
      problemCodes.badAddress,
      "the address carries a signature or other extras",
      `${legal}, nothing after it`,
    );
  }
  return good(text);
};

/** An https address that anyone, or the template's identity, can read. The value is the text as given. */
export const parseHttpsAddress: Parser<string> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && url.protocol === "https:" && url.username === "" && !/\s/.test(text)) return good(text);
  return bad(
    problemCodes.badAddress,
    `\`${text}\` is not an https address`,
    "an https address, e.g. https://example.com/install.sh",
  );
};

const parseLowerChecksum = nameParser(/^[0-9a-f]{64}$/, "a SHA-256 of 64 hexadecimal digits");

/** A SHA-256; given back in lower case, as the service compares it (facts, section 1.5). */
export const parseChecksum: Parser<string> = (text) => parseLowerChecksum(text.toLowerCase());
