/** Templates for people's eyes. */
import type { ImageTemplate } from "../image-template.ts";
import { redactSignatures } from "../values/redact.ts";

/** The template as indented JSON, every signature replaced by `***`. */
export function describeTemplate(template: ImageTemplate): string {
  return redactSignatures(JSON.stringify(template, undefined, 2));
}
