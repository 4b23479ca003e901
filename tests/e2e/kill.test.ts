/**
 * SIGKILL to the packaged task at random moments of a run; then the job's post-job part, or none where the agent is lost, and
 * the next attempt of the job. Nothing is lost and nothing stays behind.
 *
 * KILL_SEED sets the moments, KILL_CASES how many there are: `npm run test:long` takes a hundred.
 */
import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { type Attempted, fileInImage, type KillStage, type Left, openKillStage } from "./kill-stage.ts";
import { awaitMoment, type Course, describeMoment, drawMoments, type Moment } from "./kill-moments.ts";

const scale = 100;
const seed = Number(process.env["KILL_SEED"] ?? 20261123);
const cases = Number(process.env["KILL_CASES"] ?? 24);

/** Phases as short as they can be while most of them are seen by a read. Emulated ms. */
const imageBuilder = {
  durations: {
    create: 6_000,
    queued: 3_000,
    containerStart: 3_000,
    building: 15_000,
    customizing: 10_000,
    validating: 10_000,
    optimizing: { Linux: 15_000, Windows: 15_000 },
    distribute: { ManagedImage: 20_000, SharedImage: 30_000, VHD: 20_000 },
    delete: 15_000,
    cancel: 15_000,
  },
  logBlobDelay: 8_000,
  lag: { min: 1_500, max: 5_000 },
  buildVm: "simulated",
} as const;

type Ending = "the post-job part runs" | "the agent is lost";

interface Case {
  readonly moment: Moment;
  readonly ending: Ending;
}

/** One run that nobody kills. */
async function measure(stage: KillStage): Promise<Course> {
  const { clock } = stage.emulator.world;
  let begin = 0;
  const { log, report } = await stage.run({ number: 1, onTaskStart: () => (begin ||= clock.now().getTime()) });
  assert.equal(report.result, "Succeeded", log);
  const requests = stage.emulator.requests().length;
  const ms = clock.now().getTime() - begin;
  await stage.reset();
  return { requests, ms };
}

/** What a kill and the attempts after it came to; throws an AssertionError where something is lost or left. */
async function tryCase(stage: KillStage, { moment, ending }: Case): Promise<"killed" | "too late"> {
  const lost = new AbortController();
  let at = (): string => "never";
  const first = await stage.run({
    number: 1,
    lost: lost.signal,
    onTaskStart({ part, kill }) {
      if (part !== "execution") return;
      at = awaitMoment(stage.emulator, moment, () => {
        kill();
        if (ending === "the agent is lost") lost.abort();
      });
    },
  });
  const last = at();
  const logs = [`killed: ${last}`, first.log];
  try {
    if (ending === "the post-job part runs") checkNamed(first, await stage.left());
    const second = await stage.run({ number: 2 });
    logs.push(second.log);
    await checkOutcome(stage, second);
  } catch (error) {
    if (error instanceof Error) error.message += `\n\n${logs.join("\n---- next attempt ----\n")}`;
    throw error;
  }
  return last === "not reached" ? "too late" : "killed";
}

/** Whatever the post-job part left is named in what it printed. */
function checkNamed({ after }: Attempted, left: Left): void {
  assert.notEqual(after, "", "the post-job part ran");
  for (const name of [...left.templates, ...left.blobs]) {
    assert.ok(after.includes(name), `the post-job part does not name ${name}, which is left`);
  }
  if (left.templates.length === 0) assert.deepEqual(left.others, [], "only a template may have anything");
}

/** The image, and nothing else. */
async function checkOutcome(stage: KillStage, { report, outputs }: Attempted): Promise<void> {
  assert.equal(report.result, "Succeeded", "the next attempt");
  const { imageId = "", artifactDigest = "" } = outputs;
  const left = await stage.left();
  assert.deepEqual(left, { templates: [], versions: [`${imageId} Succeeded`], others: [], blobs: [] });
  const version = stage.emulator.world.resources.get(imageId);
  assert.equal(version?.tags?.["aib-task-artifact"], artifactDigest);
  const files = await stage.emulator.world.images.files(imageId);
  if (files !== undefined && files.length > 0) assert.ok(files.some(({ path }) => path === fileInImage.path));
}

/** Runs that nobody kills, all at once, as the cases will be: the shortest of them is what moments are drawn from. */
async function measureAll(stages: readonly KillStage[]): Promise<Course> {
  const courses = await Promise.all(stages.map(measure));
  return {
    requests: Math.min(...courses.map(({ requests }) => requests)),
    ms: Math.min(...courses.map(({ ms }) => ms)),
  };
}

const endings: readonly Ending[] = ["the post-job part runs", "the agent is lost"];

/** Tries moments until `cases` runs were killed; a run that ended before its moment is checked like any other. */
async function tryAll(stages: readonly KillStage[], course: Course) {
  const moments = drawMoments(seed, course);
  const failures: string[] = [];
  let drawn = 0;
  let killed = 0;
  let late = 0;
  const work = async (stage: KillStage): Promise<void> => {
    while (drawn - late < cases && drawn < 2 * cases) {
      const one: Case = { moment: moments.next().value, ending: endings[drawn % 2] ?? "the agent is lost" };
      drawn += 1;
      await stage.reset();
      try {
        if ((await tryCase(stage, one)) === "killed") killed += 1;
        else late += 1;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        failures.push(`killed ${describeMoment(one.moment)}; ${one.ending}\n${why}`);
      }
    }
  };
  await Promise.all(stages.map(work));
  return { failures, killed, late };
}

describe("the packaged task that is killed", function () {
  this.timeout(1_200_000);
  const stages: KillStage[] = [];
  before(async () => {
    stages.push(await openKillStage({ scale, imageBuilder }));
    const more = Array.from({ length: 2 * Math.min(availableParallelism(), 4) - 1 });
    stages.push(...(await Promise.all(more.map(() => openKillStage({ scale, imageBuilder })))));
  });
  after(() => Promise.all(stages.map((stage) => stage.close())));

  it(`leaves exactly the image after the next attempt, whenever it was: ${cases} moments, KILL_SEED=${seed}`, async () => {
    const begun = performance.now();
    const course = await measureAll(stages);
    const { failures, killed, late } = await tryAll(stages, course);
    const seconds = Math.round((performance.now() - begun) / 1000);
    console.log(
      `    KILL_SEED=${seed}: ${killed} killed, ${late} ended before their moment, ${failures.length} failed, in ${seconds} s; ` +
        `drawn from ${course.requests} requests and ${Math.round(course.ms / 1000)} emulated seconds`,
    );
    assert.equal(failures.length, 0, `KILL_SEED=${seed}\n${failures.join("\n\n==========\n\n")}`);
    assert.ok(killed >= cases, `only ${killed} of ${cases} were killed before they ended by themselves`);
  });
});
