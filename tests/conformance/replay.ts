/** Replaying a folder of recorded exchanges against the emulator. */
import { readdirSync } from "node:fs";
import { send, type PlainAnswer } from "../emulator/core/testing.ts";
import { compareAnswer } from "./compare.ts";
import { exchangeKinds, type Prepared } from "./kinds.ts";
import { readRecording, type Recording } from "./recording.ts";
import { openStage, type Stage } from "./stage.ts";

export interface ReplayResult {
  readonly file: string;
  readonly status: "match" | "differ" | "skipped";
  /** Why it was skipped or could not be replayed; empty for a match. */
  readonly reason: string;
  /** Each difference in words. */
  readonly diff: readonly string[];
}

/**
 * Replays every JSON file of a folder, in the order of their names.
 * @throws Error when the folder cannot be read
 */
export async function replayFolder(
  folder: string,
  report: (result: ReplayResult) => void,
): Promise<readonly ReplayResult[]> {
  const results: ReplayResult[] = [];
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()) {
    const result = await replayFile(folder, file);
    report(result);
    results.push(result);
  }
  return results;
}

async function replayFile(folder: string, file: string): Promise<ReplayResult> {
  try {
    return await replayRecording(readRecording(folder, file));
  } catch (error) {
    return { file, status: "differ", reason: error instanceof Error ? error.message : String(error), diff: [] };
  }
}

/** Replays one exchange on an emulator of its own. A state that cannot be reached is a difference. */
export async function replayRecording(recording: Recording): Promise<ReplayResult> {
  const { file } = recording;
  const kind = exchangeKinds.find((candidate) => candidate.matches(recording));
  if (kind === undefined) {
    const { method, path } = recording.request;
    return { file, status: "skipped", reason: `the emulator does not serve ${method} ${path.split("?")[0]}`, diff: [] };
  }
  const stage = await openStage(recording);
  try {
    const prepared = await kind.prepare(stage, recording);
    if (prepared.kind === "skipped") return { file, status: "skipped", reason: prepared.reason, diff: [] };
    const answer = await sendPrepared(stage, recording, prepared);
    const missing = notBuilt(answer);
    if (missing !== undefined) return { file, status: "skipped", reason: missing, diff: [] };
    const diff = compared(recording, prepared, answer);
    return { file, status: diff.length === 0 ? "match" : "differ", reason: diff[0] ?? "", diff };
  } catch (error) {
    return { file, status: "differ", reason: error instanceof Error ? error.message : String(error), diff: [] };
  } finally {
    await stage.emulator.close();
  }
}

/** The emulator's own word for what it does not serve: 501 NotImplemented, which no recording has. */
function notBuilt(answer: PlainAnswer): string | undefined {
  if (answer.status !== 501) return undefined;
  return /"message":\s*"([^"]*)"/.exec(answer.text)?.[1] ?? "the emulator answers 501";
}

function compared(recording: Recording, prepared: Prepared, answer: PlainAnswer): readonly string[] {
  const against = prepared.recording ?? recording;
  if (prepared.pick === undefined) return compareAnswer(against, answer);
  const part = prepared.pick(JSON.parse(answer.text));
  return compareAnswer(against, { ...answer, text: part === undefined ? "" : JSON.stringify(part) });
}

async function sendPrepared(stage: Stage, recording: Recording, prepared: Prepared): Promise<PlainAnswer> {
  if (!/^https:\/\/[^/]+\.blob\./i.test(prepared.path))
    return stage.send(prepared.method, prepared.path, prepared.body);
  const { world } = stage.emulator;
  const url = new URL(prepared.path);
  const token = await world.tokenFor("22222222-2222-4222-8222-222222222222", "https://storage.azure.com");
  const headers = { host: url.host, "x-ms-version": recording.request.headers["x-ms-version"] ?? "2021-06-08" };
  return send(stage.emulator, {
    method: prepared.method,
    url: `${world.endpoints.blob}${url.pathname}${url.search}`,
    token,
    headers,
  });
}
