/** Tags by which the task knows what it has made. */

/** Tag names, kept stable: later runs find and judge by them what earlier ones made. */
export const tagNames = {
  run: "aib-task-run",
  commit: "aib-task-commit",
  request: "aib-task-request",
  artifact: "aib-task-artifact",
  /** On an image: the name of the template that made it. */
  template: "aib-task-template",
  /** On an image version: how long its build took, e.g. `PT1114S`. */
  duration: "aib-task-duration",
  repository: "aib-task-repository",
  repositoryUrl: "aib-task-repository-url",
  branch: "aib-task-branch",
  url: "aib-task-url",
  /** On a version that is retired: since when, ISO 8601. */
  retired: "aib-task-retired",
  /** On a version that is to be deleted in a later run: since when, and by which run, e.g. `2026-11-23T10:00:00Z build/7`. */
  leaving: "aib-task-leaving",
} as const;

/** A tag's value in an object of tags: Azure compares their names without case. */
export function tagOf<T>(tags: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.entries(tags).find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1];
}
