/**
 * A build of eight hours: access tokens live one hour, assertions ten minutes and buy one token each. The emulator refuses
 * both after their end by its own clock, and an assertion the second time.
 */
import assert from "node:assert/strict";
import { type Ending, type EndingsStage, linux, openEndingsStage } from "./endings-stage.ts";

const minute = 60_000;
const hour = 60 * minute;
const steps = ["one", "two", "three", "four", "five", "six", "seven", "eight"];
/** Scopes that tokens are asked for: Resource Manager, and the storage in which the log lies. */
const scopes = 2;

/** Builds an image in eight steps of an hour each; `scale` is how many times as fast as real time. */
async function build(scale: number): Promise<Ending> {
  const stage: EndingsStage = await openEndingsStage({ scale });
  const script = steps.map((name) => `- shell: { inline: ./${name}, name: ${name} }`).join("\n");
  const simulatedSteps = steps.map((name) => ({ name, exitCode: 0, output: [`done: ${name}`], durationMs: hour }));
  try {
    return await stage.bake(linux(script, "      buildTimeoutInMinutes: 720"), { builder: { simulatedSteps } });
  } finally {
    await stage.close();
  }
}

/** Requests that were refused for who sent them. */
const refusals = ({ requests }: Ending): readonly string[] =>
  requests
    .filter(({ status = 0 }) => status === 400 || status === 401 || status === 403)
    .map(({ method, url, status }) => `${String(status)} ${method} ${url}`);

describe("a build of eight hours", function () {
  this.timeout(240_000);
  let ending: Ending;

  before(async () => {
    // By this clock a token's last five minutes are 250 ms, which a busy machine may take for one request: then once more,
    // slower. What is wrong with the task itself is so at any speed.
    ending = await build(1200);
    if (refusals(ending).length > 0) ending = await build(300);
  });

  /** Emulated times of the requests whose address ends so, in ms since 1970. */
  const times = (service: string, last: string): readonly number[] =>
    ending.requests
      .filter((one) => one.service === service && new URL(one.url).pathname.endsWith(`/${last}`))
      .map(({ time }) => Date.parse(time));
  const length = (): number => {
    const all = ending.requests.map(({ time }) => Date.parse(time));
    return Math.max(...all) - Math.min(...all);
  };
  const elapsed = (): readonly number[] =>
    ending.lines
      .map((line) => /^(\d\d):(\d\d):(\d\d) {2}/.exec(line))
      .filter((found) => found !== null)
      .map(([, hours, minutes, seconds]) => Number(hours) * hour + Number(minutes) * minute + Number(seconds) * 1000);

  it("ends Succeeded, with its image", () => {
    assert.equal(ending.step.result, "Succeeded", ending.log.slice(-3000));
    assert.match(ending.outputs["imageId"] ?? "", /\/versions\//);
    assert.ok(length() > 8 * hour, String(length() / hour));
  });

  it("is refused nothing: no request goes out with a token past its end, no assertion late or twice", () => {
    assert.deepEqual(refusals(ending), []);
  });

  it("asks for as many tokens as their life demands, each with an assertion of its own", () => {
    const tokens = times("entra", "token");
    const least = scopes * Math.ceil(8);
    const most = scopes * (Math.ceil(length() / (50 * minute)) + 1);
    assert.ok(tokens.length >= least && tokens.length <= most, `${tokens.length}, not ${least} to ${most}`);
    assert.equal(times("devops", "oidctoken").length, tokens.length);
  });

  it("reads the build's log by its token to the end", () => {
    const reads = ending.requests.filter(({ service, url }) => service === "blob" && url.includes("/packerlogs/"));
    assert.ok(reads.length > 20, String(reads.length));
    for (const name of steps) assert.match(ending.log, new RegExp(`^done: ${name}$`, "m"));
    assert.match(ending.attached ?? "", /done: eight/);
  });

  it("says every few minutes that it goes on, and no more than once a minute", () => {
    const told = elapsed();
    const pauses = told.slice(1).map((at, index) => at - (told[index] ?? 0));
    const usual = pauses.toSorted((a, b) => a - b)[Math.floor(pauses.length / 2)] ?? 0;
    assert.ok(usual <= 5 * minute, `${usual / minute} minutes between two lines`);
    // A busy machine loses a second now and then: twenty minutes by this clock.
    assert.ok(Math.max(...pauses) <= hour, `${Math.max(...pauses) / minute} minutes of silence`);
    assert.ok(told.length >= 60, String(told.length));
    assert.ok(ending.lines.length < length() / minute + 150, `${ending.lines.length} lines`);
  });

  it("asks for the state at intervals, twelve reads a minute at most", () => {
    const reads = ending.requests.filter(({ method, service }) => method === "GET" && service !== "devops");
    assert.ok(reads.length < (length() / minute) * 12, String(reads.length));
    assert.ok(reads.length > 100, String(reads.length));
  });
});
