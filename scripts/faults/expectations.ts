/** What each cell is to end with, and why. A site without a row here makes the command fail. */
import type { MadeFault } from "./fault-kinds.ts";
import type { PlacedSite } from "./matrix.ts";
import type { Expectation, Site } from "./types.ts";

/** Sites that bear faults in the same way. */
export interface Kind {
  readonly what: string;
  readonly sites: RegExp;
  /** How a fault is borne there. */
  readonly how: string;
}

const planning = "planning and checks";
const blobs = "other requests for blobs";

/** The first that fits a site counts. */
export const kinds: readonly Kind[] = [
  {
    what: "sign-in by the machine's identity",
    sites: /instance-metadata\//,
    how: "tried four times",
  },
  {
    what: "sign-in",
    sites: /oidctoken|entra\//,
    how: "tried four times, each time with an assertion of its own",
  },
  {
    what: "post-job part: the template",
    sites: /imageTemplates.*, post-job/,
    how: "asked again while the job has time; what stays is named with the command that deletes it",
  },
  {
    what: "post-job part: the blob of an upload",
    sites: /storage.*, post-job/i,
    how: "asked again; what stays is named with the command that deletes it",
  },
  {
    what: "creation of the template",
    sites: /^PUT imageTemplates/,
    how: "never sent again before a read has shown that nothing was created",
  },
  {
    what: "start of the run",
    sites: /^POST imageTemplates\/\{\}\/run/,
    how: "never sent again before reads have shown that no run began",
  },
  {
    what: "cancelling",
    sites: /^POST imageTemplates\/\{\}\/cancel/,
    how: "what goes on is told with the command that ends it",
  },
  {
    what: "deletion of the template",
    sites: /^DELETE imageTemplates/,
    how: "asked again for five minutes; what stays is named with the command that deletes it",
  },
  {
    what: "reads of template, operation and outputs",
    sites: /^GET (imageTemplates|.*operations)\b/,
    how: "read again; a read that fails proves nothing about the build",
  },
  { what: "duration noted on the image", sites: /^PATCH /, how: "left out: only the next build's estimate needs it" },
  {
    what: "the build's log",
    sites: /staging\/|containerGroups|^GET storageAccounts$|^POST storageAccounts\/\{\}\/listKeys/,
    how: "read again at the next turn; a build does not need it",
  },
  {
    what: "making a blob or its container",
    sites: /^PUT storage\/[^?]*(\?comp=blocklist|\?restype=container)?$/,
    how: "never sent again before a read has shown that it is not there",
  },
  {
    what: blobs,
    sites: /^\w+ storage\//,
    how: "sent again, up to five times: repeating them changes nothing",
  },
  {
    what: "Azure DevOps",
    sites: /devops\//,
    how: "read again, up to four times; a download begins anew",
  },
  {
    what: planning,
    sites: /^(GET|POST) /,
    how: "read again, up to four times; a check that cannot read is left out, and says so",
  },
];

/** Cells that end otherwise than the run does without a fault, which is the best that can be done. */
export interface Exception {
  /** For people. */
  readonly where: string;
  readonly sites: RegExp;
  /** Names; all faults where there are none. */
  readonly faults: readonly string[];
  /** Of the error; empty where the task succeeds in another way. */
  readonly codes: readonly string[];
  /** What the task does instead of an error, for people, and the line that shows it. */
  readonly instead?: { readonly does: string; readonly says: string };
  readonly why: string;
}

/** Runs that look for an image that is there, and what they do where they find none that counts. */
const lookups = [
  { run: "image used again", does: "builds", says: "variable reused=false" },
  { run: "check for news", does: "says that a build is needed", says: "variable buildNeeded=true" },
] as const;

/** What cannot be read there ends nothing, and proves nothing. */
function untrustedRows({ run, ...instead }: (typeof lookups)[number]): readonly Exception[] {
  const rows = [
    { what: "runs of the pipeline and what they have attached", sites: `^GET devops/.*\\(${run}\\)$`, fault: "404" },
    { what: "Azure DevOps, the same and its addresses", sites: `devops/.*\\(${run}\\)$`, fault: "401" },
    { what: "versions among which an image is looked for", sites: `/versions \\(${run}\\)$`, fault: "404" },
  ];
  return rows.map(({ what, sites, fault }) => ({
    where: `${what} (${run})`,
    sites: new RegExp(sites),
    faults: [fault],
    codes: [],
    instead,
    why: "what cannot be read is not trusted, and an image that nothing shows to be right is built",
  }));
}

const notThere = "a 404 is the service's word that there is no such thing; nothing was created";

export const exceptions: readonly Exception[] = [
  ...lookups.flatMap(untrustedRows),
  {
    where: "sign-in by the machine's identity",
    sites: /instance-metadata\//,
    faults: ["401"],
    codes: ["AIB307"],
    why: "the metadata service asks nobody who he is: what answers there is not Azure's",
  },
  {
    where: "deletion of what an earlier attempt has left",
    sites: /^DELETE imageTemplates\/\{\} \(attempt failed\)$/,
    faults: ["404"],
    codes: ["AIB506"],
    why: "a 404 is the service's word that the template is gone; as it stays all the same, the error names it",
  },
  {
    where: "assertion of the job (Azure DevOps)",
    sites: /oidctoken( \(federation\))?$/,
    faults: ["404", "401"],
    codes: ["AIB303"],
    why: "the job's token cannot be renewed by a step, and a connection that is not there does not come",
  },
  {
    where: "Azure DevOps, artifacts of runs",
    sites: /devops\/.*(_apis\/build|_apis\/artifact)/,
    faults: ["401"],
    codes: ["AIB801"],
    why: "the job's token cannot be renewed by a step",
  },
  {
    where: "Azure DevOps, pipelines, runs and artifacts",
    sites: /^GET devops\/.*_apis\/build/,
    faults: ["404"],
    codes: ["AIB131"],
    why: "Azure DevOps answers so where there is no such thing, or the job may not see it",
  },
  {
    where: "Azure DevOps, download of an artifact",
    sites: /_apis\/artifact/,
    faults: ["404"],
    codes: ["AIB801"],
    why: "the artifact has expired or was deleted meanwhile",
  },
  {
    where: "resources that the step names, when they are read for planning",
    sites:
      /^GET (subscription\/resourcegroups\/\{\}|galleries\/\{\}\/images\/\{\}(\/versions)?|galleries\/\{\}\/images\/\{\}\/versions\/\{\}|subscription\/providers\/Microsoft\.(Storage\/storageAccounts|Compute\/locations\/.*versions(\/\{\})?))$/,
    faults: ["404"],
    codes: ["AIB131"],
    why: notThere,
  },
  {
    where: "templates that the step names",
    sites: /^GET imageTemplates\/\{\} \((existing template|wait)\)$/,
    faults: ["404"],
    codes: ["AIB131"],
    why: notThere,
  },
  {
    where: "resources that checks look at",
    sites: /^GET permissions$/,
    faults: ["404"],
    codes: ["AIB609"],
    why: notThere,
  },
  {
    where: "creation of the template",
    sites: /^PUT imageTemplates/,
    faults: ["404"],
    codes: ["AIB801"],
    why: "the resource group is gone: a PUT has no other reason for a 404",
  },
  {
    where: "keys of the storage account",
    sites: /listKeys/,
    faults: ["404"],
    codes: ["AIB801"],
    why: "the account is gone",
  },
];

/** Sites that no row speaks of. */
export function missingRows(places: readonly PlacedSite[]): readonly string[] {
  return places.map(({ site }) => site.name).filter((name) => kindOf(name) === undefined);
}

/** What a cell is to end with. */
export function expectationOf({ site, scenario }: PlacedSite, fault: MadeFault): Expectation {
  const found = exceptions.find(
    ({ sites, faults }) => sites.test(site.name) && (faults.length === 0 || faults.includes(fault.name)),
  );
  if (found?.instead !== undefined) {
    return { outcome: "succeeded", codes: [], says: found.instead.says, why: found.why };
  }
  if (found !== undefined) return { outcome: "named-error", codes: found.codes, why: found.why };
  const how = fault.at === "world" ? "no step depends on clocks that agree" : (kindOf(site.name)?.how ?? "");
  if (scenario.code === undefined) {
    const { says } = scenario;
    return { outcome: "succeeded", codes: [], why: how, ...(says === undefined ? {} : { says }) };
  }
  return { outcome: "named-error", codes: [scenario.code], why: `${how}; the run ends so without any fault` };
}

/**
 * Whether the fault may come beside those of other such sites: reads of planning and of checks, which none waits for, and
 * requests for blobs that may be repeated. A blob that is said not to be there makes the task go another way.
 */
export function isIndependent({ name }: Site, fault: MadeFault): boolean {
  const what = kindOf(name)?.what;
  return (what === planning && name.startsWith("GET ")) || (what === blobs && fault.name !== "404");
}

function kindOf(name: string): Kind | undefined {
  return kinds.find(({ sites }) => sites.test(name));
}
