/** Sites out of what the emulator saw: the same question, asked at the same stage of a build, is one site. */
import type { Fault, LoggedRequest } from "../../tests/emulator/index.ts";
import type { Part, Site } from "./types.ts";

type Kind = Pick<Fault["match"], "method" | "path" | "service">;

/** A request's kind: its name for people, and the requests that belong to it. */
interface Route {
  readonly name: string;
  readonly kind: Kind;
}

/** What a build has done last: the same read means something else after each of them. */
const stages = [
  { name: "create", method: "PUT", path: "/imageTemplates\\/[^\\/?]+\\?/" },
  { name: "run", method: "POST", path: "/imageTemplates\\/[^\\/?]+\\/run\\?/" },
  { name: "cancel", method: "POST", path: "/imageTemplates\\/[^\\/?]+\\/cancel\\?/" },
  { name: "delete", method: "DELETE", path: "/imageTemplates\\/[^\\/?]+\\?/" },
] as const;

/** Reads that have a meaning of their own at each stage. */
const staged = /^GET (imageTemplates\/\{\}|.*operations\/\{\})$/;
/** Sign-ins look alike; the first is for Resource Manager, later ones are for storage. */
const counted = /token$/;
/** Before anything is done, the first read is of what there is, the next ones are of what to go on with. */
const repeated = /^GET imageTemplates\/\{\}$/;

/** How many reads are told apart before anything is done, unless a scenario says otherwise. */
const usualReads = 2;
/** What comes after a read's name. */
const turns = ["", ", again", ", third", ", fourth", ", fifth"] as const;

/** The sites of one part of a run, in the order of their first requests; `reads`: of the template, told apart before anything is done. */
export function findSites(requests: readonly LoggedRequest[], part: Part, reads = usualReads): readonly Site[] {
  const sites = new Map<string, Site>();
  const seen = new Map<string, number>();
  let stage: (typeof stages)[number] | undefined;
  for (const request of requests.filter(isTheTasks)) {
    const route = routeOf(request);
    const site = siteOf(route, { part, stage, count: seen.get(route.name) ?? 0, reads });
    seen.set(route.name, (seen.get(route.name) ?? 0) + 1);
    if (!sites.has(site.name)) sites.set(site.name, site);
    stage = stages.find((one) => isStage(request, one)) ?? stage;
  }
  return [...sites.values()];
}

/** How many of the requests, which are of the site's part, were sent at the site. */
export function countAt(site: Site, requests: readonly LoggedRequest[], reads = usualReads): number {
  const sites = requests.filter(isTheTasks);
  let stage: (typeof stages)[number] | undefined;
  const seen = new Map<string, number>();
  let count = 0;
  for (const request of sites) {
    const route = routeOf(request);
    if (siteOf(route, { part: site.part, stage, count: seen.get(route.name) ?? 0, reads }).name === site.name)
      count += 1;
    seen.set(route.name, (seen.get(route.name) ?? 0) + 1);
    stage = stages.find((one) => isStage(request, one)) ?? stage;
  }
  return count;
}

interface Moment {
  readonly part: Part;
  readonly stage: (typeof stages)[number] | undefined;
  /** Earlier requests of the same kind. */
  readonly count: number;
  /** How many reads of the template are told apart. */
  readonly reads: number;
}

function siteOf({ name, kind }: Route, { part, stage, count, reads }: Moment): Site {
  const named = (more: string): Pick<Site, "name" | "part"> => ({
    name: `${name}${more}${part === "main" ? "" : ", post-job"}`,
    part,
  });
  if (counted.test(name) || (repeated.test(name) && stage === undefined)) {
    const turn = Math.min(count, (counted.test(name) ? usualReads : reads) - 1);
    return { ...named(turns[turn] ?? ""), match: { ...kind, skip: turn } };
  }
  if (!staged.test(name) || stage === undefined) return { ...named(""), match: kind };
  const { method, path } = stage;
  return { ...named(` after ${stage.name}`), match: { ...kind, after: { method, path } } };
}

function isStage({ method, url }: LoggedRequest, stage: (typeof stages)[number]): boolean {
  return method === stage.method && new RegExp(stage.path.slice(1, -1), "i").test(url);
}

/** The emulated service's own requests for files and blobs have other names. */
export function isTheTasks({ userAgent = "", service }: LoggedRequest): boolean {
  return service === "instance-metadata" || /AzureImageBuilder\//.test(userAgent);
}

function routeOf(request: LoggedRequest): Route {
  const url = new URL(request.url);
  switch (request.service) {
    case "blob":
      return blobRoute(request.method, url);
    case "entra":
    case "devops":
    case "instance-metadata":
      return plainRoute(request, url);
    default:
      return armRoute(request, url);
  }
}

const anyName = "[^\\/?]+";
const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
const pattern = (parts: readonly string[]): string =>
  parts.map((one) => (one === "{}" ? anyName : escape(one))).join("\\/");

/** Names in a path of Resource Manager stand after the word that says what they are. */
function armRoute({ method, service }: LoggedRequest, { pathname }: URL): Route {
  const parts = decodeURIComponent(pathname).split("/").slice(1);
  let isName = false;
  const general = parts.map((part, index) => {
    if (/^providers$/i.test(parts[index - 1] ?? "")) {
      isName = false;
      return part;
    }
    const wasName = isName;
    isName = !wasName && !/^providers$/i.test(part);
    return wasName ? "{}" : part;
  });
  const shown = general
    .join("/")
    .replace(/^subscriptions\/\{\}\/resourceGroups\/\{\}\/providers\/[^/]+\//i, "")
    .replace(/^subscriptions\/\{\}\//i, "subscription/");
  return { name: `${method} ${shown}`, kind: { method, service, path: `/^\\/${pattern(general)}(\\?|$)/` } };
}

/** Path and the parameters that tell operations apart. */
function blobRoute(method: string, { pathname, searchParams }: URL): Route {
  const [, account = "", container = "", ...rest] = decodeURIComponent(pathname).split("/");
  const isUsers = account === "stimages";
  const folder = rest.length > 1 && /^(v1|incoming)$/.test(rest[0] ?? "") ? (rest[0] ?? "") : "{}";
  const blob = rest.length === 0 ? "" : folder === "{}" ? `{}/${rest.at(-1) ?? ""}` : `${folder}/{}`;
  const parts = ["{}", ...(container === "" ? [] : [container]), ...(blob === "" ? [] : blob.split("/"))];
  const parameters = ["restype", "comp", "prefix"].flatMap((name) => {
    const value = searchParams.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  const shown = [isUsers ? "storage" : "staging", ...parts.slice(1)].join("/");
  const query = parameters.map(([name, value]) => `${name}=${value}`).join("&");
  const tests = parameters
    .map(([name, value]) => `(?=.*[?&]${name}=${escape(encodeURIComponent(value))}(&|$))`)
    .join("");
  const noOperation = searchParams.has("comp") ? "" : "(?!.*[?&]comp=)";
  return {
    name: `${method} ${shown}${query === "" ? "" : `?${query}`}`,
    kind: { method, service: "blob", path: `/^${tests}${noOperation}\\/${pattern(parts)}\\/?(\\?|$)/` },
  };
}

/** Sign-in, Azure DevOps, the machine's own service: identifiers are GUIDs and numbers. */
function plainRoute({ method, service }: LoggedRequest, { pathname }: URL): Route {
  const id = /^(\d+|[0-9a-f]{8}-[0-9a-f-]{27}|A[0-9a-f-]{36}|[A-Za-z0-9_-]{40,}|.*\.intoto\.json)$/i;
  const parts = decodeURIComponent(pathname).split("/").slice(1);
  const general = parts.map((part) => (id.test(part) ? "{}" : part));
  return {
    name: `${method} ${service}/${general.join("/")}`,
    kind: { method, service, path: `/^\\/${pattern(general)}(\\?|$)/` },
  };
}
