/** Which ways the build VM can get the artifact's blob: decided from facts, before anything is uploaded. Pure. */
import { noteCodes, problemCodes } from "../codes.ts";
import type { ArtifactAccessFacts, BlobReaderFacts } from "../facts/types.ts";
import type { Findings } from "../findings.ts";
import type { ArtifactInputs, Inputs } from "../inputs/types.ts";
import type { StorageAccountFacts } from "../ports.ts";
import type { Known } from "../values/permissions.ts";
import { mayDelegate, mayListKeys, mayRead, mayUpload, nameOf } from "./blob-rights.ts";
import { type Check, isReachableForService, isReachableForVm } from "./reachable.ts";
import type { ArtifactAccess } from "./types.ts";

/** The File customizer takes files under 20 MB (facts, section 1.5), the smaller kind of megabyte. */
const fileLimit = 20_000_000;

/** What the choice goes by. */
export interface AccessPlanning {
  readonly inputs: Pick<Inputs, "buildVmIdentities" | "managedIdentity" | "network">;
  readonly artifact: Pick<ArtifactInputs, "access" | "container">;
  readonly account: StorageAccountFacts;
  /** Absent: nothing is known about roles. */
  readonly facts: ArtifactAccessFacts | undefined;
  readonly findings: Findings;
}

/**
 * The ways to take, in order, never empty. One that is asked for and cannot work is a problem, and so is `auto` where none
 * can; what is unknown is neither. `auto` ends with the first way that takes an archive of any size.
 */
export function planAccess(planning: AccessPlanning): readonly ArtifactAccess[] {
  const { artifact, findings } = planning;
  checkUpload(planning);
  if (artifact.access === "auto") return chooseWays(planning);
  const way = ways[artifact.access](planning);
  for (const fault of way.checks.flatMap((check) => (check.known === "no" ? [check] : []))) {
    const { code, why, fix } = fault;
    findings.problem("artifactAccess", {
      code,
      given: artifact.access,
      why,
      legal: `${artifact.access} after this: ${fix}; or another way, or auto`,
    });
  }
  noteUnknown([way], "It is taken all the same, because artifactAccess asks for it.", planning);
  return [way.access];
}

/** Whatever the way into the image, the connection has to bring the artifact to the account; with a key by that alone. */
function checkUpload(planning: AccessPlanning): void {
  const check = planning.artifact.access === "accountKey" ? undefined : mayUpload(planning);
  if (check?.known !== "no") return;
  const { code, why, fix } = check;
  const legal = `an account or storageContainer that the connection may write to, as after this: ${fix}`;
  planning.findings.problem("storageAccount", { code, given: planning.account.name, why, legal });
}

type Kind = ArtifactAccess["kind"];

interface Way {
  readonly access: ArtifactAccess;
  readonly checks: readonly Check[];
  /** How it goes, as a sentence part. */
  readonly how: string;
}

const ways: Readonly<Record<Kind, (planning: AccessPlanning) => Way>> = {
  vmIdentity: (planning) => {
    const readers = planning.facts?.vmIdentities ?? [];
    const inState = (wanted: BlobReaderFacts["state"]): BlobReaderFacts | undefined =>
      readers.find(({ state }) => state === wanted);
    const reader = inState("reads") ?? inState("unknown") ?? inState("noRole") ?? readers[0];
    const id = reader?.id ?? planning.inputs.buildVmIdentities[0] ?? "";
    return {
      access: { kind: "vmIdentity", identityId: id },
      checks: [isReachableForVm(planning), mayRead(reader, planning)],
      how: `the build VM fetches it by its identity ${nameOf(id)}`,
    };
  },
  templateIdentity: (planning) => {
    return {
      access: { kind: "templateIdentity", maxBytes: fileLimit - 1 },
      checks: [isReachableForService(planning), mayRead(planning.facts?.templateIdentity, planning)],
      how: `the service places it by the template's identity, if it has less than ${fileLimit / 1e6} MB`,
    };
  },
  delegationSas: (planning) => ({
    access: { kind: "delegationSas" },
    checks: [isReachableForVm(planning), mayDelegate(planning)],
    how: "the build VM fetches it by an address that the connection signs for this blob and this build",
  }),
  accountKey: (planning) => ({
    access: { kind: "accountKey" },
    checks: [isReachableForVm(planning), mayListKeys(planning)],
    how: "the build VM fetches it by an address signed with the account's key",
  }),
};

function chooseWays(planning: AccessPlanning): readonly ArtifactAccess[] {
  const vm = planning.inputs.buildVmIdentities.length === 0 ? [] : [ways.vmIdentity(planning)];
  const keyless = [...vm, ways.templateIdentity(planning)];
  const sas = ways.delegationSas(planning);
  const identity = keyless.find((way) => stateOf(way) === "yes");
  if (identity?.access.kind === "vmIdentity") return noteTaken([identity], planning);
  const taken = [...(identity === undefined ? [] : [identity]), ...(stateOf(sas) === "no" ? [] : [sas])];
  if (taken.length > 0) {
    noteUnknown(keyless.filter(isUnknown), "That way is not taken.", planning);
    return noteTaken(taken, planning);
  }
  // Better what may work than what cannot.
  const perhaps = keyless.find(isUnknown);
  if (perhaps !== undefined) {
    noteUnknown([perhaps], "It is taken all the same, because no other way can work.", planning);
    return noteTaken([perhaps], planning);
  }
  reportNone([...keyless, sas], planning);
  return [sas.access];
}

function stateOf({ checks }: Way): Known {
  if (checks.some(({ known }) => known === "no")) return "no";
  return checks.every(({ known }) => known === "yes") ? "yes" : "unknown";
}

function isUnknown(way: Way): boolean {
  return stateOf(way) === "unknown";
}

function noteTaken(taken: readonly Way[], { findings }: AccessPlanning): readonly ArtifactAccess[] {
  const how = taken.map(({ access, how: text }) => `${access.kind} (${text})`).join("; otherwise ");
  findings.note(noteCodes.artifactAccess, "artifactAccess", `The artifact's way into the image is ${how}.`);
  return taken.map(({ access }) => access);
}

/** One note for all that could not be found out. */
function noteUnknown(unknown: readonly Way[], consequence: string, { findings }: AccessPlanning): void {
  const texts = unknown.flatMap(({ checks }) =>
    checks.flatMap((check) => (check.known === "unknown" && check.unread !== undefined ? [check.unread] : [])),
  );
  if (texts.length === 0) return;
  findings.note(noteCodes.accessUnknown, "artifactAccess", `${texts.join(" ")} ${consequence}`);
}

function reportNone(all: readonly Way[], { account, findings }: AccessPlanning): void {
  const faults = all.map(({ access, checks }) => ({ kind: access.kind, fault: checks.find(isFault) }));
  const [first] = faults;
  findings.problem("artifactAccess", {
    code: first?.fault?.code ?? problemCodes.notReachable,
    given: "auto",
    why:
      `the image cannot get the artifact from the storage account ${account.name}: ` +
      faults.map(({ kind, fault }) => `${kind} fails because ${fault?.why ?? ""}`).join("; "),
    legal: [...new Set(faults.map(({ fault }) => fault?.fix ?? ""))].join(", or "),
  });
}

function isFault(check: Check): check is Extract<Check, { readonly known: "no" }> {
  return check.known === "no";
}
