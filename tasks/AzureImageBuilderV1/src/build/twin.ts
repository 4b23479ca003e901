/**
 * A build of the very same request that another pipeline run has begun under the same name. The service's refusal of a second
 * template of that name is the lock; whoever comes second follows the first. Tags can be forged, so what counts is what the
 * template holds.
 */
import { definitionIdOf } from "../facts/made-images.ts";
import type { ImageTemplate, ImageTemplateProperties } from "../image-template.ts";
import type { TemplateStatus } from "../ports.ts";
import { withoutSignatures } from "../request/addresses.ts";
import { templateIdOf } from "../values/template-ref.ts";
import { isCanceling, outcomeOf } from "./meaning.ts";
import { readPatiently } from "./ports.ts";
import type { StagingPorts } from "./staging-holder.ts";
import { waitPatiently } from "./wait-patiently.ts";

/** How long its owner may take to begin the run, in milliseconds: creating took up to half an hour. */
const beginLimit = 40 * 60_000;
const pause = 10_000;
/** How far the clocks of the agent and the service may be apart, in milliseconds. */
const clocksApart = 10 * 60_000;

export type Twin =
  /** Its run goes on, or has ended well since this step began, or so shortly before that clocks may differ about it. */
  | { readonly kind: "follow"; readonly found: TemplateStatus }
  /** The name is taken by something that is not to be followed; `why` is a clause. */
  | { readonly kind: "occupied"; readonly why: string }
  /** It is gone: the name is free. */
  | { readonly kind: "gone" };

export interface TwinQuestion {
  /** What this step would have created under that name. */
  readonly template: ImageTemplate;
  readonly ref: Parameters<typeof templateIdOf>[0];
  /** When this step began: what ended before has been looked at as an image. */
  readonly since: Date;
}

/** Looks at the template under the name until its run has begun. Throws ServiceError where it cannot be read. */
export async function findTwin({ template, ref, since }: TwinQuestion, ports: StagingPorts): Promise<Twin> {
  const query = { "api-version": "2024-02-01" };
  const body = await readPatiently(() => ports.arm.get(templateIdOf(ref), query), ports);
  if (body === undefined) return { kind: "gone" };
  if (!isSameBuild(body, template))
    return { kind: "occupied", why: "it holds something else than this step would build" };
  const waited = await waitPatiently(
    { limitMs: beginLimit, pauseMs: pause },
    async () => {
      const found = await readPatiently(() => ports.templates.get(ref), ports);
      const twin = found === undefined ? ({ kind: "gone" } as const) : judge(found, since);
      if (twin !== undefined) return { over: true, value: twin };
      return { over: false, why: `Image template ${ref.name} of another run is there, and its build has not begun.` };
    },
    ports,
  );
  return waited.state === "over" ? waited.value : { kind: "occupied", why: "its build has not begun for too long" };
}

/** Undefined where it is to be looked at again. */
function judge(found: TemplateStatus, since: Date): Twin | undefined {
  const state = found.provisioningState?.toLowerCase();
  if (state === "deleting") return { kind: "occupied", why: "it is being deleted" };
  if (state === "failed" || state === "canceled") return { kind: "occupied", why: "the service could not create it" };
  const { lastRun: run } = found;
  if (state !== "succeeded" || run === undefined) return undefined;
  if (isCanceling(run)) return { kind: "occupied", why: "its build is being cancelled" };
  switch (outcomeOf(run)) {
    case undefined:
      return { kind: "follow", found };
    case "Succeeded": {
      const ended = new Date(run.endTime ?? NaN);
      if (ended.getTime() >= since.getTime() - clocksApart) return { kind: "follow", found };
      return { kind: "occupied", why: "its build ended before this step began" };
    }
    case "PartiallySucceeded":
      return { kind: "occupied", why: "its build did not reach every target" };
    case "Failed":
      return { kind: "occupied", why: "its build failed" };
    case "Canceled":
      return { kind: "occupied", why: "its build was cancelled" };
  }
}

/** Whether a template as the service shows it makes the same image as `template`: names and signatures do not count. */
export function isSameBuild(body: unknown, { properties }: ImageTemplate): boolean {
  const shown = (body as { readonly properties?: Partial<ImageTemplateProperties> | null } | null)?.properties;
  if (typeof shown !== "object" || shown === null) return false;
  return JSON.stringify(withoutAdded(essence(shown), essence(properties))) === JSON.stringify(essence(properties));
}

/** The service adds the digest of each file it has fetched (wire notes, section 3): only what this step names is compared. */
function withoutAdded(shown: unknown, own: unknown): unknown {
  if (Array.isArray(shown))
    return shown.map((one, index) => withoutAdded(one, Array.isArray(own) ? own[index] : undefined));
  if (typeof shown !== "object" || shown === null) return shown;
  const mine = (own ?? {}) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(shown)
      .filter(([name]) => name !== "sha256Checksum" || Object.hasOwn(mine, name))
      .map(([name, part]) => [name, withoutAdded(part, mine[name])]),
  );
}

function essence(properties: Partial<ImageTemplateProperties>): unknown {
  const { source, customize, validate, optimize, vmProfile, additionalDataDisks, distribute } = properties;
  return plain({
    source: plain(source, ["exactVersion"]),
    customize,
    validate,
    optimize,
    disk: vmProfile?.osDiskSizeGB,
    identities: [...(vmProfile?.userAssignedIdentities ?? [])].map((id) => id.toLowerCase()).sort(),
    additionalDataDisks,
    targets: (distribute ?? []).map((target) => ({
      type: target.type,
      definition: target.type === "SharedImage" ? definitionIdOf(target.galleryImageId).toLowerCase() : undefined,
      image: target.type === "ManagedImage" ? target.imageId.toLowerCase() : undefined,
    })),
  });
}

/** With sorted names, and without names of steps, signatures, and empty values, which the service adds (wire notes, section 3). */
function plain(value: unknown, without: readonly string[] = ["name"]): unknown {
  if (typeof value === "string") return withoutSignatures(value);
  if (Array.isArray(value)) return value.map((one) => plain(one, without));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, part]) => [name, plain(part, without)] as const)
      .filter(([name, part]) => !without.includes(name) && !isEmpty(part))
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false || value === 0) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
