import { type AgentDocument, readAgentDocument } from '../domain/agent-document.ts'

/** What is stored of an agent is of a newer version, or damaged: that agent can do nothing, and nobody else is held up by it. */
export class UnreadableAgent extends Error {
  override readonly name = 'UnreadableAgent'

  constructor(id: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(
      `What is stored of agent "${id}" can't be read (${why}); start the newer version again, or restore a backup.`,
      { cause },
    )
  }
}

/** Throws UnreadableAgent. */
export function readAgent(id: string, stored: unknown): AgentDocument {
  try {
    return readAgentDocument(stored)
  } catch (error) {
    throw new UnreadableAgent(id, error)
  }
}
