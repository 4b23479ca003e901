/** Variables of a pipeline as far as they are known without a run. */

/** Stand-ins for the agent's predefined variables (agent contract, section 2.3), by lower-case name. */
const predefined: Readonly<Record<string, string>> = lowerCased({
  "Agent.BuildDirectory": "/agent/_work/1",
  "Agent.TempDirectory": "/agent/_work/_temp",
  "Build.ArtifactStagingDirectory": "/agent/_work/1/a",
  "Build.BinariesDirectory": "/agent/_work/1/b",
  "Build.BuildId": "1",
  "Build.BuildNumber": "20260101.1",
  "Build.DefinitionName": "pipeline",
  "Build.Reason": "Manual",
  "Build.Repository.LocalPath": "/agent/_work/1/s",
  "Build.Repository.Name": "repository",
  "Build.SourceBranch": "refs/heads/main",
  "Build.SourceBranchName": "main",
  "Build.SourceVersion": "0000000000000000000000000000000000000000",
  "Build.SourcesDirectory": "/agent/_work/1/s",
  "Build.StagingDirectory": "/agent/_work/1/a",
  "Pipeline.Workspace": "/agent/_work/1",
  "Release.ReleaseId": "1",
  "Release.ReleaseName": "Release-1",
  "System.AccessToken": "***",
  "System.ArtifactsDirectory": "/agent/_work/1/a",
  "System.CollectionUri": "https://dev.azure.com/organization/",
  "System.DefaultWorkingDirectory": "/agent/_work/1/s",
  "System.JobAttempt": "1",
  "System.JobId": "00000000-0000-0000-0000-000000000000",
  "System.StageAttempt": "1",
  "System.TeamProject": "project",
  "System.TeamProjectId": "00000000-0000-0000-0000-000000000000",
});

/** Finds variables by name without case, and remembers which stand-ins were asked for. */
export interface Variables {
  /** The variable, its own `$(name)` replaced; undefined when it is not known. */
  get(name: string): string | undefined;
  /** Text with each known `$(name)` and `${{ variables.name }}` or `${{ parameters.name }}` replaced, once. */
  expand(text: string): string;
  /** Names of the predefined variables that stood in, as they were written. */
  readonly standIns: readonly string[];
}

/** Variables of the file, overridden by those of the command line; predefined ones stand in. */
export function collectVariables(
  ofFile: Readonly<Record<string, string>>,
  parameters: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): Variables {
  const known: Readonly<Record<string, string>> = { ...lowerCased(ofFile), ...lowerCased(given) };
  const knownParameters: Readonly<Record<string, string>> = { ...lowerCased(parameters), ...lowerCased(given) };
  const standIns = new Set<string>();
  const get = (name: string, depth = 0): string | undefined => {
    const own = lookUp(known, name);
    if (own !== undefined) return depth < 50 ? replaceMacros(own, (inner) => get(inner, depth + 1)) : own;
    const standIn = lookUp(predefined, name);
    if (standIn !== undefined) standIns.add(name);
    return standIn;
  };
  return {
    get: (name) => get(name),
    expand: (text) => replaceMacros(replaceExpressions(text, get, knownParameters), (name) => get(name)),
    get standIns() {
      return [...standIns];
    },
  };
}

function replaceMacros(text: string, get: (name: string) => string | undefined): string {
  return text.replace(/\$\(([^()]+)\)/g, (macro, name: string) => get(name) ?? macro);
}

/** Only plain references: `${{ parameters.x }}`, `${{ variables.x }}`, `${{ variables['x'] }}`. */
function replaceExpressions(
  text: string,
  get: (name: string) => string | undefined,
  parameters: Readonly<Record<string, string>>,
): string {
  const reference = /\$\{\{\s*(parameters|variables)(?:\.([\w.]+)|\['([^']+)'\])\s*\}\}/g;
  return text.replace(reference, (expression, kind: string, dotted?: string, indexed?: string) => {
    const name = dotted ?? indexed ?? "";
    return (kind === "variables" ? get(name) : lookUp(parameters, name)) ?? expression;
  });
}

function lookUp(values: Readonly<Record<string, string>>, name: string): string | undefined {
  const key = name.trim().toLowerCase();
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

function lowerCased(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]));
}
