/** A build agent for stories: inputs and variables are given, and all that is said becomes lines. */
import { readFileSync } from "node:fs";
import type { Agent } from "../../tasks/AzureImageBuilderV1/src/ports.ts";
import { Secret } from "../../tasks/AzureImageBuilderV1/src/secret.ts";
import type { ConnectionDescription } from "../../tests/emulator/core/description.ts";
import type { Attached } from "./types.ts";

/** What a job of the story is made of. */
export interface StoryJob {
  readonly inputs: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly connections: Readonly<Record<string, ConnectionDescription>>;
  readonly collectionUri: string;
  readonly accessToken: string;
}

export interface StoryAgent extends Agent {
  /** Task variables as the agent hands them to the step's next part. */
  environment(): Readonly<Record<string, string>>;
  /** What was attached to the run. */
  attached(): readonly Attached[];
}

/** Tells every line to `say`, issues with their code in front; task variables to `noted`, which no log shows. */
export function createStoryAgent(
  job: StoryJob,
  { say, noted }: { readonly say: (line: string) => void; readonly noted: (text: string) => void },
): StoryAgent {
  const inputs = byLowerName(job.inputs);
  const variables = byLowerName(job.variables);
  const taskVariables = new Map<string, string>();
  const attached: Attached[] = [];
  return {
    input: (name) => inputs.get(name.toLowerCase()) ?? "",
    variable: (name) => variables.get(name.toLowerCase()),
    endpoint: (id) => {
      const [name = "", found] =
        Object.entries(job.connections).find(([key, one]) => key === id || one.id === id) ?? [];
      if (found === undefined || name === "") return undefined;
      const [parameters, data] = [byLowerName(found.parameters), byLowerName(found.data)];
      return {
        id: found.id,
        scheme: found.scheme,
        url: found.url,
        parameter: (key) => parameters.get(key.toLowerCase()),
        data: (key) => data.get(key.toLowerCase()),
      };
    },
    systemToken: () => new Secret(job.accessToken),
    setVariable: (name, value) => say(`variable ${name}=${value}`),
    setTaskVariable: (name, value) => {
      taskVariables.set(name, value);
      noted(`${name}=${value}`);
    },
    taskVariable: (name) => taskVariables.get(name),
    environment: () =>
      Object.fromEntries([...taskVariables].map(([name, value]) => [`VSTS_TASKVARIABLE_${name.toUpperCase()}`, value])),
    setSecret: () => undefined,
    info: say,
    debug: () => undefined,
    warning: (message, code = "") => say(`warning ${code} ${message}`),
    error: (message, code = "") => say(`error ${code} ${message}`),
    group: say,
    endGroup: () => undefined,
    progress: () => undefined,
    hideSecrets: (text) => text,
    secretVariablesIn: () => [],
    upload: () => undefined,
    attach: (type, name, path) => void attached.push({ type, name, content: readFileSync(path, "utf8") }),
    attached: () => attached,
  };
}

function byLowerName(fields: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(fields).map(([key, value]) => [key.toLowerCase(), value]));
}
