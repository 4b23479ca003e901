/** What the tests of service connections share: a world in which an image can be found, and the packaged task that finds it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import type { JsonReport } from "../../scripts/runner/run/report.ts";
import { runSession, type SessionOptions } from "../../scripts/runner/session.ts";
import type { ConnectionDescription } from "../emulator/core/description.ts";
import { defaultWorld, type WorldFile } from "../emulator/core/world-file.ts";
import type { Emulator } from "../emulator/index.ts";

const root = resolve(import.meta.dirname, "../..");

/** The step that signs in, reads one thing and ends. */
export const finding = "action: resolve, galleryImage: $(emulatorDefinition)";

/** The default world with version 1.0.0 of the definition, and a machine of the agent with an identity of its own. */
export function worldWithImage(change: Partial<WorldFile> = {}): WorldFile {
  const world = defaultWorld();
  const version = {
    id: `${world.defaults.definition}/versions/1.0.0`,
    location: "westeurope",
    properties: {
      provisioningState: "Succeeded",
      publishingProfile: {
        targetRegions: [{ name: "West Europe", regionalReplicaCount: 1 }],
        excludeFromLatest: false,
      },
      storageProfile: { osDiskImage: { hostCaching: "ReadWrite" } },
    },
  };
  const [subscription] = world.subscriptions;
  return {
    ...world,
    applications: [
      ...world.applications,
      {
        name: "agent-vm",
        clientId: "0c1d2e3f-0000-4000-8000-51ab6e7d8fff",
        objectId: "9a8b7c6d-0000-4000-8000-5e4f3a2b1fff",
      },
    ],
    roleAssignments: [
      ...(world.roleAssignments ?? []),
      { principal: "agent-vm", role: "Image Builder pipeline", scope: `/subscriptions/${subscription?.id ?? ""}` },
    ],
    connections: [
      ...world.connections,
      {
        name: "images-own-identity",
        id: "d4a0c6de-0000-4000-8000-7b1f2e3a4c05",
        scheme: "ManagedServiceIdentity",
      },
    ],
    agentMachine: { ownIdentity: "agent-vm", identities: ["id-agent"] },
    resources: [...world.resources, version],
    ...change,
  };
}

export interface Outcome {
  readonly report: JsonReport;
  readonly log: string;
  /** Messages of the issues, each without the next line. */
  readonly errors: readonly string[];
  /** `service status` of the requests this run made, in their order. */
  readonly requests: readonly { readonly service: string; readonly status: number | undefined; readonly url: string }[];
  readonly proxied: readonly { readonly host: string; readonly status: number }[];
}

export interface RunOptions extends Partial<Pick<SessionOptions, "proxied" | "variables" | "secretVariables">> {
  /** In place of the connection of that name. */
  readonly change?: (connection: ConnectionDescription) => ConnectionDescription;
  /** In place of what the agent is told of the job. */
  readonly job?: Partial<Emulator["description"]["job"]>;
}

export interface Stage {
  /** Runs a step with `inputs` (flow style YAML) by a connection. */
  run(emulator: Emulator, connection: string, inputs: string, options?: RunOptions): Promise<Outcome>;
  readonly folder: string;
  close(): void;
}

/** Packages the extension and makes a folder for pipelines. */
export async function openStage(): Promise<Stage> {
  const extension = await preparePackage(root, () => undefined);
  const folder = mkdtempSync(join(tmpdir(), "connections-"));
  const pipeline = join(folder, "pipeline.yml");
  return {
    folder,
    close: () => rmSync(folder, { recursive: true, force: true }),
    run: async (emulator, connection, inputs, options = {}) => {
      writeFileSync(
        pipeline,
        `steps:\n  - checkout: none\n  - task: AzureImageBuilder@1\n    name: it\n    inputs: { azureSubscription: "${connection}", ${inputs} }\n`,
      );
      const [before, proxiedBefore] = [emulator.requests().length, emulator.proxied().length];
      const lines: string[] = [];
      const { change, job, ...session } = options;
      const report = await runSession(
        { ...emulator, description: changed(emulator, connection, { change, job }) },
        { pipeline, extension, sink: (line) => lines.push(line), ...session },
      );
      return {
        report,
        log: lines.join("\n"),
        errors: report.steps.flatMap(({ issues }) => issues.map(({ message }) => message)),
        requests: emulator.requests().slice(before),
        proxied: emulator.proxied().slice(proxiedBefore),
      };
    },
  };
}

function changed(
  { description }: Emulator,
  name: string,
  { change, job }: Pick<RunOptions, "change" | "job">,
): Emulator["description"] {
  const connection = description.connections[name];
  const connections =
    change === undefined || connection === undefined
      ? description.connections
      : { ...description.connections, [name]: change(connection) };
  return { ...description, connections, job: { ...description.job, ...job } };
}
