/** The keyhole through which the commands see the process; tests hand in their own. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** Fires when the person interrupts. */
  readonly signal: AbortSignal
}
