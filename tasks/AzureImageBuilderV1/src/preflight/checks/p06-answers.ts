/** What an address gave when the agent looked at it, and what that means for the service. Pure. */
import type { WebAnswer } from "../../ports.ts";
import type { BlobPlace } from "../blob-accounts.ts";
import type { Problem } from "../types.ts";
import { shown, type Source } from "./p06-sources.ts";

/** The File customizer takes files under 20 MB (facts, section 1.5), the smaller kind of megabyte. */
export const fileLimit = 20_000_000;

/** A look at one address. */
export interface Look {
  readonly source: Source;
  /** The blob that the address names, where the account is known. */
  readonly place?: BlobPlace;
  readonly answer: WebAnswer;
}

/** Statuses that say: not now, or not from here. */
function saysNothing(status: number, place: BlobPlace | undefined, errorCode: string | undefined): boolean {
  if (status === 408 || status === 429 || status >= 500) return true;
  // The connection's rights, or the agent's network, are not the identity's and the service's.
  if (place === undefined || errorCode === "AuthenticationFailed") return false;
  return status === 401 || status === 403 || status === 409;
}

/** Why nothing is known about the address, as a sentence part; undefined where something is. */
export function unknownOf({ source, place, answer }: Look): string | undefined {
  const what = `${source.what} at ${shown(source.address)}`;
  if ("error" in answer) {
    return `${what}: the agent got no answer (${answer.error}); the service asks from a network of its own`;
  }
  const { status, errorCode } = answer;
  if (!saysNothing(status, place, errorCode)) return undefined;
  const told = `HTTP ${status}${errorCode === undefined ? "" : ` ${errorCode}`}`;
  if (place === undefined || status >= 500 || status === 408 || status === 429) return `${what}: ${told}`;
  if (errorCode === "AuthorizationFailure") {
    return `${what}: the network rules of ${place.account.name} keep the agent out (${told})`;
  }
  const permission = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
  return `${permission} of the service connection on ${place.account.name}, to look at ${what}: ${told}`;
}

/** What is wrong with what the address gave. */
export function answerProblems(look: Look): readonly Problem[] {
  const { source, answer } = look;
  if ("error" in answer || unknownOf(look) !== undefined) return [];
  const { status, contentType } = answer;
  if (status !== 200) return [nothingThere(look, status)];
  if (source.kind === "script" && contentType === "text/html") return [html(source)];
  return contentProblems(source, answer);
}

function nothingThere({ source, place }: Look, status: number): Problem {
  const { address, what } = source;
  const begin = `The address ${shown(address)} of ${what} gives HTTP ${status}`;
  if (place === undefined) {
    const isShut = status === 401 || status === 403;
    return {
      code: "AIB031",
      message: isShut
        ? `${begin}: it asks for a sign-in, and the service has none for it. It refuses the template.`
        : `${begin}: nothing is there. The service refuses the template after ten attempts.`,
      remedy: isShut
        ? "Put the file where anyone can read it, or into a blob container that the template's identity may read."
        : "Give the address of a file that is there.",
    };
  }
  const { account, container, blob } = place;
  if (status === 403) {
    return {
      code: "AIB031",
      message: `${begin}: ${account.name} refuses the signature. The service refuses the template.`,
      remedy:
        "Give the address without a signature, and the template's identity the role Storage Blob Data Reader on the " +
        "container; or make a new signature.",
    };
  }
  return {
    code: "AIB031",
    message:
      `${begin}: there is no blob ${blob} in the container ${container} of ${account.name}. The service refuses the ` +
      "template after ten attempts.",
    remedy: "Upload the file, or give the address of a blob that is there.",
    commands: [
      `az storage blob upload --auth-mode login --account-name ${account.name} --container-name ${container} ` +
        `--name ${blob} --file ${blob.split("/").at(-1) ?? blob}`,
    ],
  };
}

function html({ address, what }: Source): Problem {
  return {
    code: "AIB031",
    message: `The address ${shown(address)} of ${what} gives a web page (text/html), such as a sign-in: the build would run HTML.`,
    remedy: "Give the address of the file itself, one that opens without a sign-in.",
  };
}

function contentProblems(
  source: Source,
  { length, sha256 }: Exclude<WebAnswer, { error: string }>,
): readonly Problem[] {
  const { address, kind, what } = source;
  if (kind === "file" && length !== undefined && length >= fileLimit) {
    return [
      {
        code: "AIB037",
        message: `At ${shown(address)}, ${what}, are ${length} bytes: the File customizer takes less than ${fileLimit}.`,
        remedy: "Have the build VM fetch it (`large: true` with its sha256 in steps), or send it with the artifact.",
      },
    ];
  }
  if (source.sha256 === undefined || sha256 === undefined || sha256 === source.sha256.toLowerCase()) return [];
  return [
    {
      code: "AIB037",
      message:
        `At ${shown(address)}, ${what}, is a file with SHA-256 ${sha256}, and the step says ${source.sha256}: the ` +
        "service refuses the template.",
      remedy: "Correct the checksum, or upload the file that is meant.",
    },
  ];
}
