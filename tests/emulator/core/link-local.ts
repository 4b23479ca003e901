/** The same redirection for tests in this process. */
import { createRequire } from "node:module";

const { redirect } = createRequire(import.meta.url)("./link-local.cjs") as {
  readonly redirect: (address: string) => () => void;
};

/**
 * Leads connections of this process to 169.254.169.254 to `url`, or nowhere, until the function that is returned is called.
 */
export function redirectLinkLocal(url: string | undefined): () => void {
  return redirect(url === undefined ? "" : new URL(url).host);
}
