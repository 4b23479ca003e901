/** Customizer: a shell script, run by the service as one `/bin/sh -e` script of an ordinary user (facts, section 1.5). */
import type { CustomizerKind } from "./types.ts";

const shebang = /^#!.*\b(?:ba|da|z|k|a)?sh\b/;

/**
 * Shell. The service starts inline lines with `/bin/sh -e`, so the first failing line ends the build. A first line `#!`
 * takes that line's place and with it the `-e`: it is put back for shells, because the older tasks always had it.
 */
export const shell: CustomizerKind<"shell"> = {
  osType: "linux",
  build: ({ name, lines }) => {
    const [first = "", ...rest] = lines;
    return { type: "Shell", name, inline: shebang.test(first) ? [first, "set -e", ...rest] : lines };
  },
};
