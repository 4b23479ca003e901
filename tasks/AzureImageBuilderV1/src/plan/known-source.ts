/** What image definitions tell about a source that could not be read. */
import type { Facts } from "../facts/types.ts";
import type { SourceFacts } from "../kinds/source/types.ts";

/**
 * What the first image definition among the targets says of the images it takes, which must be what the source is (facts,
 * section 5). Undefined where the source itself was read, or no definition was.
 */
export function factsOfDefinition({
  source,
  target,
  otherTargets,
}: Facts): Pick<SourceFacts, "osType" | "architecture" | "plan"> | undefined {
  if (source.osType !== undefined || source.architecture !== undefined) return undefined;
  const read = [target, ...otherTargets].find(({ definitionLocation }) => definitionLocation !== undefined);
  if (read === undefined) return undefined;
  const { definitionOsType: osType, definitionArchitecture: architecture, definitionPlan: plan } = read;
  return {
    ...(osType === undefined ? {} : { osType }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(plan === undefined ? {} : { plan }),
  };
}
