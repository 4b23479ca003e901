/** The addresses that the service fetches scripts and files from, and what can be said of them as they stand. Pure. */
import type { ImageTemplate, TemplateCustomizer } from "../../image-template.ts";
import type { Problem, Subject } from "../types.ts";

/** One address of a template. */
export interface Source {
  readonly address: string;
  readonly kind: "script" | "file";
  /** Whose it is, e.g. `the script of install-web`. */
  readonly what: string;
  /** Lower-case hex; absent where nothing is checked. */
  readonly sha256?: string;
}

/** All of them, in order. */
export function sourcesOf({ properties }: ImageTemplate): readonly Source[] {
  const workload = properties.optimize?.workload;
  return [
    ...(properties.customize ?? []).flatMap((step, index) => sourceOf(step, `customizer ${index + 1}`)),
    ...(properties.validate?.inVMValidations ?? []).flatMap((step, index) => sourceOf(step, `validator ${index + 1}`)),
    ...toSource(workload?.scriptUri, "script", { of: "optimizeWorkload", sha256: workload?.sha256Checksum }),
  ];
}

function sourceOf(step: TemplateCustomizer, place: string): readonly Source[] {
  const of = step.name ?? place;
  switch (step.type) {
    case "Shell":
    case "PowerShell":
      return toSource(step.scriptUri, "script", { of, sha256: step.sha256Checksum });
    case "File":
      return toSource(step.sourceUri, "file", { of, sha256: step.sha256Checksum });
    case "WindowsRestart":
    case "WindowsUpdate":
      return [];
  }
}

function toSource(
  address: string | undefined,
  kind: Source["kind"],
  { of, sha256 }: { readonly of: string; readonly sha256: string | undefined },
): readonly Source[] {
  if (address === undefined || !URL.canParse(address)) return [];
  return [{ address, kind, what: `the ${kind} of ${of}`, ...(sha256 ? { sha256 } : {}) }];
}

/** An address without its query, which may be a signature. */
export function shown(address: string): string {
  return address.replace(/\?.*$/s, "?…");
}

/** Whether the address carries a signature, which then counts instead of the identity. */
export function isSigned(address: string): boolean {
  return new URL(address).searchParams.has("sig");
}

/** What the text of an address shows: a page instead of a file, a signature, no encryption. */
export function lintSource(source: Source, subject: Subject): readonly Problem[] {
  return [...pageProblem(source), ...signatureProblem(source, subject), ...plainProblem(source)];
}

const page = /^https:\/\/(?:www\.)?github\.com\/([^/]+)\/([^/]+)\/blob\/([^?#]+)/i;

function pageProblem({ address, what }: Source): readonly Problem[] {
  const [, owner, repository, rest] = page.exec(address) ?? [];
  if (rest === undefined) return [];
  return [
    {
      code: "AIB032",
      message:
        `The address ${shown(address)} of ${what} is GitHub's page about the file: the service would fetch the page, ` +
        "and the build would run HTML.",
      remedy: `Give the address of the file itself: https://raw.githubusercontent.com/${owner ?? ""}/${repository ?? ""}/${rest}`,
    },
  ];
}

/** When a run may end at the latest, in milliseconds. */
function lastMoment({ now, template }: Subject): number {
  return now.getTime() + (template.properties.buildTimeoutInMinutes || 240) * 60_000;
}

function signatureProblem({ address, what }: Source, subject: Subject): readonly Problem[] {
  if (!isSigned(address)) return [];
  const end = new Date(new URL(address).searchParams.get("se") ?? Number.NaN);
  const remedy =
    "Give the address without a signature, and the template's identity the role Storage Blob Data Reader on the container";
  if (end.getTime() <= subject.now.getTime()) {
    return [
      {
        code: "AIB031",
        message:
          `The signature in the address ${shown(address)} of ${what} ended at ${end.toISOString()}, and it is ` +
          `${subject.now.toISOString()}: the storage account refuses it, and the service the template.`,
        remedy: `${remedy}; or make a new signature.`,
      },
    ];
  }
  const last = lastMoment(subject);
  const early =
    end.getTime() < last
      ? ` It ends at ${end.toISOString()}, and the build may go on until ${new Date(last).toISOString()}.`
      : "";
  return [
    {
      code: "AIB038",
      message:
        `The address ${shown(address)} of ${what} carries a signature, which stands in the template in clear: whoever ` +
        `may read the template can use it.${early}`,
      remedy: `${remedy}.`,
    },
  ];
}

function plainProblem({ address, what }: Source): readonly Problem[] {
  if (new URL(address).protocol === "https:") return [];
  return [
    {
      code: "AIB038",
      message: `The address ${shown(address)} of ${what} is not encrypted: whoever is on the way can change what runs in the image.`,
      remedy: "Give an https address, or add the file's SHA-256.",
    },
  ];
}

const privateAddress = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.)/;
const privateName = /\.(?:local|internal|localdomain|lan|intranet|home\.arpa)$/i;

/** Whether only the agent, or only its network, has this host: `loopback` is nobody else's, `private` is of some network. */
export function localityOf(address: string): "loopback" | "private" | "public" {
  const { hostname } = new URL(address);
  if (/^(?:localhost|127\.|\[::1?\]|0\.0\.0\.0$)/i.test(hostname)) return "loopback";
  const isName = /[a-z]/i.test(hostname) && !hostname.startsWith("[");
  if (privateAddress.test(hostname) || privateName.test(hostname) || /^\[f[cd]/i.test(hostname)) return "private";
  return isName && !hostname.includes(".") ? "private" : "public";
}

/** For an address that the service has no way to. */
export function localProblem({ address, what }: Source): Problem {
  const { hostname } = new URL(address);
  return {
    code: "AIB032",
    message:
      `The host ${hostname} in the address ${shown(address)} of ${what} is one of the agent's own network: the service ` +
      "fetches it from Azure, and refuses the template after ten attempts.",
    remedy: "Put the file into a blob container, or send it with the artifact or as a file of the step.",
  };
}
