/** Where the clients tell what they survived. `details` never holds a token or arguments. */
export interface Logger {
  warn(message: string, details?: Readonly<Record<string, unknown>>): void
}

export const silent: Logger = { warn: () => {} }

/** What a person has to know where no logger was given. */
// biome-ignore lint/suspicious/noConsole: an agent that stands still without a word looks like one that hangs
export const toStandardError: Logger = { warn: (message) => console.warn(message) }
