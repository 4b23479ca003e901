/**
 * A check at the emulator: the world is made right or wrong there, the step's inputs become a plan by the product's own
 * rooms, and the reads go through the real adapter.
 */
import type { NetworkSettings } from "../../tasks/AzureImageBuilderV1/src/adapters/network.ts";
import { gatherFacts } from "../../tasks/AzureImageBuilderV1/src/facts/index.ts";
import { parseInputs } from "../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import type { Agent, Ports } from "../../tasks/AzureImageBuilderV1/src/ports.ts";
import { checks } from "../../tasks/AzureImageBuilderV1/src/preflight/checks/index.ts";
import { runChecks } from "../../tasks/AzureImageBuilderV1/src/preflight/run-checks.ts";
import {
  type CheckId,
  checkIds,
  type CheckResult,
  type Subject,
} from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import { draftTemplate } from "../../tasks/AzureImageBuilderV1/src/template/draft.ts";
import { openSession, type Session } from "../contract/adapters-session.ts";
import { createEmulator, type Emulator, type EmulatorOptions } from "../emulator/index.ts";

export interface StageOptions {
  /** Inputs that replace those of the good step, or empty them (`""`). */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Name of the service connection; default `images-key`. */
  readonly connection?: string;
  readonly jobTimeoutMinutes?: number;
  /** Changes the plan's subject before it is judged. */
  readonly change?: (subject: Subject) => Subject;
}

export interface Stage {
  readonly emulator: Emulator;
  /** The result of one check with `preflight: full`. */
  check(id: CheckId, options?: StageOptions): Promise<CheckResult>;
  /** What is about to be built, by the product's own rooms. */
  subject(options?: StageOptions): Promise<{ readonly subject: Subject; readonly session: Session }>;
  close(): Promise<void>;
}

/** Starts an emulator with a world; default the right one. */
export async function openStage(options: EmulatorOptions = {}): Promise<Stage> {
  const emulator = await createEmulator(options);
  const sessions: Session[] = [];
  const subject: Stage["subject"] = async ({
    inputs = {},
    connection = "images-key",
    jobTimeoutMinutes,
    change,
  } = {}) => {
    const session = openSession(emulator, connection, { options: { network: () => networkTo(emulator) } });
    sessions.push(session);
    const ports = factPorts(emulator, session, { ...goodStep(emulator, connection), ...inputs });
    const parsed = parseInputs(ports.agent);
    const facts = await gatherFacts(parsed, ports);
    const plan = planBuild(parsed, facts);
    const found: Subject = {
      plan,
      facts,
      template: draftTemplate(plan),
      ...(jobTimeoutMinutes === undefined ? {} : { jobTimeoutMinutes }),
      now: emulator.world.clock.now(),
    };
    return { subject: change === undefined ? found : change(found), session };
  };
  return {
    emulator,
    subject,
    check: async (id, stageOptions) => {
      const { subject: found, session } = await subject(stageOptions);
      const skip = checkIds.filter((other) => other !== id);
      const { results } = await runChecks(found, { depth: "full", skip }, session);
      const result = results.find((one) => one.id === id);
      if (result === undefined) throw new Error(`There is no check ${id} among ${checks.length}.`);
      return result;
    },
    close: async () => {
      sessions.forEach((session) => session.close());
      await emulator.close();
    },
  };
}

/** A step that the right world has everything for: marketplace Ubuntu to a gallery in two regions. */
export function goodStep({ description }: Emulator, connection: string): Readonly<Record<string, string>> {
  const { identity, definition, location } = description.resources;
  return {
    azureSubscription: connection,
    resourceGroup: "rg-images",
    managedIdentity: identity,
    sourceImage: "Canonical:ubuntu-24_04-lts:server",
    inlineScript: "sudo true",
    galleryImage: definition,
    targetRegions: location,
  };
}

/** Public host names are the emulator's as well, by its proxy. */
function networkTo({ description, world }: Emulator): NetworkSettings {
  return {
    proxyFor: (address) => (new URL(address).hostname === "127.0.0.1" ? undefined : new URL(description.proxyUrl)),
    tls: { ca: world.caPem, checkServer: true },
  };
}

function factPorts(
  emulator: Emulator,
  session: Session,
  inputs: Readonly<Record<string, string>>,
): Pick<Ports, "agent" | "artifacts" | "clock" | "facts" | "files"> {
  const byName = new Map(Object.entries(inputs).map(([name, text]) => [name.toLowerCase(), text]));
  const given = emulator.description.connections[inputs["azureSubscription"] ?? ""];
  const data = new Map(Object.entries(given?.data ?? {}).map(([key, value]) => [key.toLowerCase(), value]));
  const agent = {
    input: (name: string) => byName.get(name.toLowerCase()) ?? "",
    variable: () => undefined,
    endpoint: (id: string) =>
      given === undefined
        ? undefined
        : {
            id,
            scheme: given.scheme,
            url: given.url,
            parameter: () => undefined,
            data: (key: string) => data.get(key.toLowerCase()),
          },
  } as unknown as Agent;
  return {
    agent,
    artifacts: { find: notUsed, open: notUsed },
    clock: { now: () => emulator.world.clock.now(), sleep: notUsed },
    facts: session.facts,
    files: { kind: async () => "folder", head: async () => new Uint8Array(), read: async () => undefined },
  };
}

function notUsed(): never {
  throw new Error("Not used by planning.");
}
