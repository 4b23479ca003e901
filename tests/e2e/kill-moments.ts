/** Moments of a run at which its process is killed, drawn from a seed. */
import type { Emulator } from "../emulator/index.ts";
import { createChance } from "../emulator/services/virtual-machine-images/chance.ts";

/** When the process is killed: at a request, before or after the service has done its work; or after a time. */
export type Moment =
  | { readonly kind: "request"; readonly number: number; readonly stage: "arrived" | "answered" }
  /** Emulated milliseconds since the process was started. */
  | { readonly kind: "time"; readonly ms: number };

/** A run as it goes when nobody kills it. */
export interface Course {
  readonly requests: number;
  /** Emulated milliseconds from the start of its process to its end. */
  readonly ms: number;
}

/** Draws moments for ever, uniform over the run's requests and over its time, two of each in turn. */
export function* drawMoments(seed: number, course: Course): Generator<Moment, never> {
  const chance = createChance(seed);
  for (let index = 0; ; index += 1) {
    const share = chance.next();
    if (index % 4 >= 2) yield { kind: "time", ms: Math.round(share * course.ms) };
    else {
      const number = 1 + Math.floor(share * course.requests);
      yield { kind: "request", number, stage: chance.next() < 0.5 ? "arrived" : "answered" };
    }
  }
}

/** The moment in words. */
export function describeMoment(moment: Moment): string {
  if (moment.kind === "time") return `${(moment.ms / 1000).toFixed(1)} emulated seconds after its start`;
  return `as request ${moment.number} ${moment.stage === "arrived" ? "arrives" : "has been worked on"}`;
}

/** Calls `act` at the moment; the function given back ends the waiting and tells the last request before `act`. */
export function awaitMoment(emulator: Emulator, moment: Moment, act: () => void): () => string {
  let last = "no request";
  let acted = false;
  let ended = false;
  const now = (): void => {
    if (acted || ended) return;
    acted = true;
    act();
  };
  let count = 0;
  const end = emulator.watch(({ stage, method, url }) => {
    if (!acted) last = `${method} ${new URL(url).pathname} ${stage}`;
    if (moment.kind !== "request" || moment.stage !== stage) return;
    count += 1;
    if (count === moment.number) now();
  });
  if (moment.kind === "time") emulator.world.clock.sleep(moment.ms).then(now, () => undefined);
  return () => {
    ended = true;
    end();
    return acted ? last : "not reached";
  };
}
