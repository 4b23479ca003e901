/** `gatherFacts`: the few reads that planning needs, in parallel, and what is wrong with what they found. */
import { noteCodes, problemCodes } from "../codes.ts";
import { collectFindings, type Findings } from "../findings.ts";
import { atPlace } from "../inputs/at-place.ts";
import type { Inputs } from "../inputs/types.ts";
import { attempt, type KindReads } from "../kinds/reads.ts";
import { gatherSource } from "../kinds/source/index.ts";
import { gatherTarget } from "../kinds/target/index.ts";
import type { Ports, StorageAccountFacts } from "../ports.ts";
import { regionName } from "../values/regions.ts";
import { readRunIdentity } from "./run-identity.ts";
import { findArtifact } from "./artifact.ts";
import { findArtifactAccess } from "./artifact-access.ts";
import { endOf } from "./end-of.ts";
import { readListFiles } from "./list-files.ts";
import { findPipelineArtifact } from "./pipeline-artifact.ts";
import { findSubscription } from "./subscription.ts";
import type { Facts } from "./types.ts";

/** The ports that gathering uses. */
export type FactPorts = Pick<Ports, "agent" | "artifacts" | "clock" | "facts" | "files">;

/**
 * Reads what the inputs leave open: subscription, region, source, definition, storage account, the artifact's path.
 * A read that is forbidden costs a note; what is not there is a problem. Throws InputError with all problems at once,
 * ServiceError when Azure fails in another way.
 */
export async function gatherFacts(inputs: Inputs, ports: FactPorts): Promise<Facts> {
  const findings = collectFindings();
  const run = readRunIdentity(ports.agent);
  const subscriptionId = findSubscription(inputs, ports, findings);
  const lookingAtPath = findArtifact(inputs, run.workingDirectory, { files: ports.files, findings });
  const readingFiles = readListFiles(inputs, run.workingDirectory, { files: ports.files, findings });
  if (subscriptionId === undefined) {
    await Promise.all([lookingAtPath, readingFiles]);
    throw endOf(findings);
  }
  const location = await findLocation(inputs, subscriptionId, ports, findings);
  const reads: KindReads = {
    facts: ports.facts,
    subscriptionId,
    location: location ?? "",
    now: ports.clock.now(),
    findings,
  };
  const [first, ...others] = inputs.listedTargets;
  const account = findStorageAccount(inputs, subscriptionId, ports, findings);
  const [source, target, otherTargets, storageAccount, artifactAccess, files, artifact, pipelineArtifact] =
    await Promise.all([
      location === undefined ? {} : gatherSource(inputs.source, reads),
      gatherTarget(inputs.target, first === undefined ? reads : { ...reads, findings: atPlace(findings, first) }),
      Promise.all(others.map((one) => gatherTarget(one.choice, { ...reads, findings: atPlace(findings, one) }))),
      account,
      findArtifactAccess(inputs, { facts: ports.facts, subscriptionId, account }),
      readingFiles,
      lookingAtPath,
      findPipelineArtifact(inputs, { ...ports, findings }),
    ]);
  findings.throwProblems();
  return {
    now: ports.clock.now(),
    run,
    subscriptionId,
    location: location ?? "",
    source,
    target,
    otherTargets,
    files,
    ...(artifact === undefined ? {} : { artifact }),
    ...(pipelineArtifact === undefined ? {} : { pipelineArtifact }),
    ...(storageAccount === undefined ? {} : { storageAccount }),
    ...(artifactAccess === undefined ? {} : { artifactAccess }),
    notes: findings.notes,
  };
}

async function findLocation(
  inputs: Inputs,
  subscriptionId: string,
  ports: FactPorts,
  findings: Findings,
): Promise<string | undefined> {
  if (inputs.location !== undefined) return inputs.location;
  const read = await attempt(ports.facts.resourceGroupLocation(subscriptionId, inputs.resourceGroup));
  if (read.state === "found") {
    const location = regionName(read.value);
    findings.note(
      noteCodes.derivedRegion,
      "location",
      `The template goes to the resource group's region, ${location}.`,
    );
    return location;
  }
  if (read.state === "missing") {
    findings.problem("resourceGroup", {
      code: problemCodes.notFound,
      given: inputs.resourceGroup,
      why: `there is no resource group ${inputs.resourceGroup} in the subscription ${subscriptionId}`,
      legal: "a resource group that exists; the task makes none",
    });
  } else {
    findings.problem("location", {
      code: problemCodes.missing,
      why: "it is left out, and the connection may not read the resource group's region",
      legal: "the region to build in, e.g. westeurope",
    });
  }
  return undefined;
}

async function findStorageAccount(
  inputs: Inputs,
  subscriptionId: string,
  ports: FactPorts,
  findings: Findings,
): Promise<StorageAccountFacts | undefined> {
  if (inputs.artifact === undefined) return undefined;
  const { storageAccount, access } = inputs.artifact;
  const read = await attempt(ports.facts.storageAccount(subscriptionId, storageAccount));
  if (read.state !== "found") {
    findings.problem("storageAccount", {
      code: problemCodes.notFound,
      given: storageAccount,
      why:
        read.state === "missing"
          ? `there is no storage account ${storageAccount} in the subscription ${subscriptionId}`
          : `the connection may not read the storage account ${storageAccount}, and its address is needed`,
      legal: "the name or ID of a storage account the connection may read (role Reader is enough)",
    });
    return undefined;
  }
  if (access === "accountKey" && !read.value.allowSharedKeyAccess) {
    findings.problem("artifactAccess", {
      code: problemCodes.keysForbidden,
      given: access,
      why: `the storage account ${read.value.name} allows no access by key`,
      legal: "auto, vmIdentity, templateIdentity, delegationSas",
    });
  }
  return read.value;
}
