/** Inputs that name an artifact of a pipeline run: the artifact, the pipeline, branch and tags of its run. */
import { problemCodes } from "../codes.ts";
import type { Findings } from "../findings.ts";
import type { PipelineRef } from "../ports.ts";
import { bad, good, type Parser } from "../values/parsed.ts";
import type { InputValues } from "./table.ts";
import type { RunArtifact } from "./types.ts";

/** Characters that Azure Pipelines takes in no name of an artifact, project or pipeline. */
const noName = /[/:*?"<>|\p{Cc}]/u;

/** An artifact's name; Azure Pipelines refuses separators and the characters Windows keeps for itself. */
export const parseArtifactName: Parser<string | undefined> = (text) =>
  noName.test(text) || text.includes("\\") || /^\.+$/.test(text)
    ? bad(
        problemCodes.badName,
        `\`${text}\` is not an artifact's name`,
        'the name under which a run published it, without \\ / : * ? " < > |',
      )
    : good(text);

const pipelineForms =
  "a pipeline's name or definition ID, with its folder (\\infra\\web) or project (shop/web) if need be";

/**
 * `[project/]pipeline`, the pipeline by definition ID, by name, or by folder and name with backslashes: names of projects
 * and pipelines hold neither separator.
 */
export const parsePipeline: Parser<PipelineRef | undefined> = (text) => {
  const [last = "", project, ...more] = text
    .split("/")
    .map((part) => part.trim())
    .reverse();
  const folder = last.slice(0, Math.max(0, last.lastIndexOf("\\")));
  const name = last.slice(last.lastIndexOf("\\") + 1);
  if (name === "" || noName.test(last) || more.length > 0 || (project !== undefined && !isProject(project))) {
    return bad(problemCodes.badName, `\`${text}\` is not a pipeline`, pipelineForms);
  }
  const place = project === undefined ? {} : { project };
  if (/^\d{1,9}$/.test(last)) return good({ ...place, id: Number(last) });
  return good({ ...place, name, ...(last.includes("\\") ? { folder: `\\${folder.replace(/^\\+/, "")}` } : {}) });
};

function isProject(text: string): boolean {
  return text !== "" && !noName.test(text) && !text.includes("\\");
}

/** A branch, short or in full; gives the full name, as runs are listed by. */
export const parseBranch: Parser<string | undefined> = (text) => {
  if (/[\s~^:?*[\\\p{Cc}]/u.test(text) || /^\/|\/$|\/\/|\.\./.test(text)) {
    return bad(problemCodes.badName, `\`${text}\` is not a branch`, "a branch, e.g. main or refs/heads/releases/1.2");
  }
  return good(text.startsWith("refs/") ? text : `refs/heads/${text}`);
};

/** Tags with commas between them, as in DownloadPipelineArtifact@2: a run counts when it has all of them. */
export const parseRunTags: Parser<readonly string[]> = (text) => {
  const tags = text.split(",").map((tag) => tag.trim());
  return tags.some((tag) => tag === "" || /[\p{Cc}]/u.test(tag))
    ? bad(
        problemCodes.badName,
        `\`${text}\` is not a list of tags`,
        "tags with commas between them, e.g. release, signed",
      )
    : good([...new Set(tags)]);
};

/** What the inputs say of an artifact of a run; undefined where there is none, or one that contradicts the other inputs. */
export function combineRunArtifact(
  values: Pick<InputValues, RunInput | "artifactPath" | "storageAccount">,
  findings: Findings,
): RunArtifact | undefined {
  const { artifactName: name, artifactPipeline: pipeline, artifactBranch: branch, artifactTags: tags } = values;
  const needs = (input: RunInput, missing: RunInput, legal: string): void =>
    findings.problem(input, {
      code: problemCodes.conflict,
      why: `it only goes with ${missing}, which is missing`,
      legal,
    });
  if (name === undefined) {
    if (pipeline !== undefined) needs("artifactPipeline", "artifactName", "nothing, or artifactName too");
  } else if (values.artifactPath !== undefined) {
    findings.problem("artifactName", {
      code: problemCodes.conflict,
      given: name,
      why: "artifactPath names another artifact, and an image takes one",
      legal: "artifactPath for files of the agent, or artifactName for an artifact of a run",
    });
  } else if (values.storageAccount === undefined) {
    findings.problem("storageAccount", {
      code: problemCodes.missing,
      why: "artifactName names an artifact, and no storage account through which it can travel",
      legal: "the name or ID of a storage account",
    });
  }
  if (pipeline === undefined) {
    const legal = "nothing (an artifact of this run), or artifactPipeline too";
    if (branch !== undefined) needs("artifactBranch", "artifactPipeline", legal);
    if (tags.length > 0) needs("artifactTags", "artifactPipeline", legal);
  }
  if (name === undefined) return undefined;
  if (pipeline === undefined) return { name };
  return { name, pipeline, tags, ...(branch === undefined ? {} : { branch }) };
}

type RunInput = "artifactName" | "artifactPipeline" | "artifactBranch" | "artifactTags";
