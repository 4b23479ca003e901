/** How steps and jobs end, and how two results become one (agent contract, section 3.1). */

/** From best to worst, in the order the agent compares them by. */
export const taskResults = ["Succeeded", "SucceededWithIssues", "Failed", "Canceled", "Skipped", "Abandoned"] as const;

/** How a step, job, stage or run ended. */
export type TaskResult = (typeof taskResults)[number];

/** Is `text` a result as `task.complete` must spell it (case counts)? */
export function isTaskResult(text: string): text is TaskResult {
  return taskResults.some((result) => result === text);
}

/** The worse of two results; what is worse than Failed stays as it is. */
export function mergeResults(current: TaskResult | undefined, coming: TaskResult): TaskResult {
  if (current === undefined) return coming;
  const worst = taskResults.indexOf("Failed");
  if (taskResults.indexOf(current) > worst) return current;
  return taskResults.indexOf(coming) >= taskResults.indexOf(current) ? coming : current;
}

/** The job's result after a step: only Failed and SucceededWithIssues change it (agent contract, section 3.1). */
export function mergeJobResult(job: TaskResult, step: TaskResult): TaskResult {
  return step === "Failed" || step === "SucceededWithIssues" ? mergeResults(job, step) : job;
}

/** Did it end well, with or without issues? */
export function isSuccess(result: TaskResult): boolean {
  return result === "Succeeded" || result === "SucceededWithIssues";
}
