/** What a request is, and whether two are the same: the form, its digest, and what may differ although they are equal. */
export { type Change, type ChangedPart, compareForms } from "./compare.ts";
export { describeRequest } from "./describe.ts";
export { type FormDefinition, type FormStep, requestDigest, type RequestForm } from "./form.ts";
export { movingParts, unpinned } from "./moving.ts";
export { parseForm } from "./parse.ts";
