/** Where the clients tell what they survived. `details` never holds a token or arguments. */
export interface Logger {
  warn(message: string, details?: Readonly<Record<string, unknown>>): void
}

export const silent: Logger = { warn: () => {} }
