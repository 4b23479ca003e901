/**
 * P10: the build's time limit is enough for what it does, and the region has room for the container that drives it
 * (facts, sections 10 and 11). That the job lasts as long as the build is planning's to say.
 */
import { regionName } from "../../values/regions.ts";
import { numberAt, textAt } from "../json.ts";
import type { Json, Read } from "../reads.ts";
import { timeNeeds } from "../time-need.ts";
import type { Check, Problem, Subject } from "../types.ts";

/** Minutes the service takes where none are given. */
const serviceTimeout = 240;
/** What one build takes of the quota: a group of at most four cores. */
const needs = [
  { usage: "ContainerGroups", need: 1, what: "container groups" },
  { usage: "StandardCores", need: 4, what: "cores of container groups" },
] as const;

/** Time limit and containers. */
export const timeAndContainers: Check<Read<readonly Json[]>> = {
  id: "P10",
  title: "Time and containers are enough",
  inFast: "offline",
  kinds: {
    AIB064: {
      severity: "warning",
      basis: "inferred",
      meaning: "The build's time limit is less than such a build usually takes.",
    },
    AIB065: {
      severity: "error",
      basis: "documented",
      meaning: "The region's quota of container groups or of their cores is used up.",
    },
  },
  applies: () => true,
  gather: ({ plan, template }, reads) =>
    reads.list(
      `/subscriptions/${plan.template.subscriptionId}/providers/Microsoft.ContainerInstance/locations/${regionName(template.location)}/usages`,
      { apiVersion: "2023-05-01", permission: "Microsoft.ContainerInstance/locations/usages/read" },
    ),
  judge: (usages, subject) => (usages.state === "found" ? judgeUsages(usages.value, subject) : []),
  lint: lintTime,
};

function lintTime({ plan, template: { properties } }: Subject): readonly Problem[] {
  const given = properties.buildTimeoutInMinutes ?? 0;
  const limit = given === 0 ? serviceTimeout : given;
  const parts = timeNeeds(properties, plan.osType);
  const need = parts.reduce((sum, { minutes }) => sum + minutes, 0);
  if (limit >= need) return [];
  const why = parts.map(({ minutes, what }) => `${minutes} ${what}`).join(", ");
  return [
    {
      code: "AIB064",
      message:
        `The service stops the build after ${limit} minutes${given === 0 ? ", its own limit," : ""} and such a build takes ` +
        `about ${need} or more: ${why}. What is not distributed by then is lost.`,
      remedy: `Set buildTimeoutInMinutes to ${Math.min(960, need)} or more; 960 is the most${given === 0 ? "" : ", and 0 the service's 240"}.`,
      input: "buildTimeoutInMinutes",
    },
  ];
}

function judgeUsages(usages: readonly Json[], { plan, template }: Subject): readonly Problem[] {
  const { subscriptionId } = plan.template;
  const region = regionName(template.location);
  return needs.flatMap(({ usage, need, what }): readonly Problem[] => {
    const found = usages.find((one) => textAt(one, "name", "value")?.toLowerCase() === usage.toLowerCase());
    const [current, limit] = [numberAt(found, "currentValue"), numberAt(found, "limit")];
    if (current === undefined || limit === undefined || limit - current >= need) return [];
    return [
      {
        code: "AIB065",
        message:
          `In ${region}, ${current} of ${limit} ${what} are in use, and the build needs ${need}. ` +
          "It would fail when the service starts the container that drives it.",
        remedy: `Wait until other builds have ended, delete container groups that nobody needs, or ask Azure for more than ${limit}.`,
        commands: [
          `az container list --subscription ${subscriptionId} --query "[?location=='${region}'].id" --output tsv`,
          "az container delete --yes --ids <ID of the container group>",
        ],
      },
    ];
  });
}
