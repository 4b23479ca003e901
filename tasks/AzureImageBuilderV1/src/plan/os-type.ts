/** Linux or Windows: what the image is, and what the user said. */
import { noteCodes, problemCodes } from "../codes.ts";
import type { Facts } from "../facts/types.ts";
import type { Findings } from "../findings.ts";
import type { Inputs } from "../inputs/types.ts";
import type { OsType } from "../ports.ts";
import { factsOfDefinition } from "./known-source.ts";
import { osTypeOfFile } from "./template-file.ts";

/**
 * The source's operating system. What Azure says counts; an older task's `provisioner` yields to it with a note, because
 * its default was stored with every step; a new `linux` or `windows` that contradicts it is a problem, and so is not
 * knowing at all. Where neither the source nor the user tells, the image definition does. Undefined only with a problem.
 */
export function planOsType(inputs: Inputs, facts: Facts, findings: Findings): OsType | undefined {
  const inName = inputs.source.kind === "platformImage" ? inputs.source.osType : undefined;
  const known = facts.source.osType ?? inName ?? osTypeOfFile(inputs);
  const told = inputs.osType;
  if (told === undefined) {
    const taken = known === undefined ? factsOfDefinition(facts)?.osType : undefined;
    if (taken !== undefined) {
      findings.note(
        noteCodes.derivedOsType,
        "osType",
        `The source image could not be read; the image definition takes ${osTitle(taken)} images.`,
      );
      return taken;
    }
    if (known === undefined) {
      findings.problem("osType", {
        code: problemCodes.osTypeUnknown,
        why: "whether the source image is Linux or Windows could not be found out",
        legal: "linux, windows",
      });
      return undefined;
    }
    findings.note(noteCodes.derivedOsType, "osType", `The source image is ${osTitle(known)}.`);
    return known;
  }
  if (known === undefined || known === told.osType) return told.osType;
  if (!told.mayYield) {
    findings.problem("osType", {
      code: problemCodes.osTypeDiffers,
      given: told.osType,
      why: `the source image is ${osTitle(known)}`,
      legal: `${known}, auto`,
    });
    return undefined;
  }
  findings.note(
    noteCodes.derivedOsType,
    "osType",
    `The source image is ${osTitle(known)}: the provisioner given for ${osTitle(told.osType)} is not used.`,
  );
  return known;
}

/** `Linux` or `Windows`. */
export function osTitle(osType: OsType): string {
  return osType === "linux" ? "Linux" : "Windows";
}
