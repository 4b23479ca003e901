/** The one way in which expressions fail. */

/** An expression that cannot be read or evaluated. `offset` counts characters of the expression's text from 0. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  readonly offset: number;
  /** Whether the failure is another place's, and told there. */
  readonly reported: boolean;

  constructor(message: string, offset: number, options: { readonly reported?: boolean } = {}) {
    super(message);
    this.offset = offset;
    this.reported = options.reported ?? false;
  }
}
