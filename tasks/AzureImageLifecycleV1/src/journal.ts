/** What an action would do and what it has done: told first, then carried out one after the other. */
import { CanceledError, TaskError } from "../../AzureImageBuilderV1/src/errors.ts";
import { failureCodes } from "../../AzureImageBuilderV1/src/failure-codes.ts";
import { harmless } from "../../AzureImageBuilderV1/src/values/harmless.ts";
import { explain } from "./explain.ts";
import type { Ports } from "./ports.ts";

/** A line of the outputs `planned` and `done`. */
export interface Deed {
  /** Resource ID, or the address of a blob. */
  readonly id: string;
  readonly what:
    | "addRegions"
    | "includeInLatest"
    | "retire"
    | "excludeFromLatest"
    | "deleteVersion"
    | "deleteTemplate"
    | "deleteBlob";
  /** A sentence part. */
  readonly why: string;
}

/** A deed and how it is done. */
export interface Work {
  readonly deed: Deed;
  /** Does it: `kept` where a last look found that it must not be done; the reason has been told. Throws TaskError. */
  readonly act: () => Promise<"done" | "kept">;
}

/** What the outputs tell, whatever becomes of the step. */
export interface Journal {
  readonly planned: Deed[];
  readonly done: Deed[];
  latestVersion: string;
}

/** How works are done. */
export interface Carrying {
  readonly confirm: boolean;
  readonly journal: Journal;
  readonly isChain?: boolean;
}

/** An empty one. */
export function openJournal(): Journal {
  return { planned: [], done: [], latestVersion: "" };
}

/** A line of the list: an ID's last names, what happens to it, and why. */
export interface Row {
  readonly name: string;
  readonly what: string;
  readonly why: string;
}

/** Shows a list in columns, in a group of its own. */
export function showTable(title: string, rows: readonly Row[], { agent }: Pick<Ports, "agent">): void {
  const width = (key: "name" | "what"): number => Math.max(...rows.map((row) => row[key].length));
  agent.group(title);
  if (rows.length === 0) agent.info("  nothing");
  for (const { name, what, why } of rows) {
    agent.info(harmless(`  ${name.padEnd(width("name"))}  ${what.padEnd(width("what"))}  ${why}`));
  }
  agent.endGroup();
}

const deletions: readonly Deed["what"][] = ["deleteVersion", "deleteTemplate", "deleteBlob"];

/** Whether it takes something away for good. */
export function isDeletion({ what }: Pick<Deed, "what">): boolean {
  return deletions.includes(what);
}

/**
 * Does the works in their order; deletions only where `confirm` is true. One that fails does not stop the others, unless
 * each needs the one before (`isChain`). Gives a sentence. Throws a CanceledError between two works when the step is to stop,
 * and a TaskError where some failed.
 */
export async function carryOut(
  works: readonly Work[],
  { confirm, journal, isChain = false }: Carrying,
  { agent, cancelled }: Pick<Ports, "agent" | "cancelled">,
): Promise<string> {
  journal.planned.push(...works.map(({ deed }) => deed));
  const wanted = works.filter(({ deed }) => confirm || !isDeletion(deed));
  const failed: string[] = [];
  for (const [index, { deed, act }] of wanted.entries()) {
    if (cancelled.aborted) throw stopped(wanted.slice(index), journal);
    try {
      if ((await act()) === "kept") continue;
      journal.done.push(deed);
      agent.info(`Done: ${deed.what} ${shortId(deed.id)}.`);
    } catch (failure) {
      const error = explain(failure);
      if (cancelled.aborted) throw stopped(wanted.slice(index), journal);
      if (isChain || !(error instanceof TaskError)) throw error;
      failed.push(`${deed.what} ${shortId(deed.id)}: ${error.message}`);
      agent.error(error.next === undefined ? error.message : `${error.message}\nNext: ${error.next}`, error.code);
    }
  }
  if (failed.length > 0) {
    throw new TaskError(
      failureCodes.lifecyclePartly,
      `${failed.length} of ${wanted.length} could not be done:\n${failed.join("\n")}`,
      { next: "Mend what the messages name and run the step again: what is done is not done again." },
    );
  }
  const waiting = works.length - wanted.length;
  if (waiting > 0) agent.info(`Nothing of this was deleted (${waiting}): set confirm: true to delete it.`);
  return summary(journal.done.length, waiting);
}

function summary(done: number, waiting: number): string {
  const parts = [
    done === 0 ? "Nothing was changed" : `Done: ${done}`,
    ...(waiting === 0 ? [] : [`${waiting} would be deleted with confirm: true`]),
  ];
  return `${parts.join("; ")}.`;
}

function stopped(left: readonly Work[], { done }: Journal): CanceledError {
  const names = left.map(({ deed }) => `${deed.what} ${shortId(deed.id)}`).join(", ");
  return new CanceledError(
    failureCodes.canceled,
    `The pipeline run was cancelled. Done: ${done.length}. Left, or perhaps begun: ${names}. The step can be run again.`,
  );
}

/** The names at an ID's end that tell it: `ubuntu-web/1.2.0` of a version, the last name of anything else. */
export function shortId(id: string): string {
  const version = /\/images\/([^/]+)\/versions\/([^/]+)$/i.exec(id);
  return version === null ? (id.split("/").at(-1) ?? id) : `${version[1]}/${version[2]}`;
}
