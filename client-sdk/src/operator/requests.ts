import type { OperatorAnswers, OperatorRequestName } from '@holdpoint/shared'
import type { OperatorSession } from '../operator-session.ts'
import type { CallOptions, CommandOptions } from '../operator-types.ts'

/**
 * What every request of an operator's client goes through. The requests are one class per subject, each on the one before, so
 * that whoever uses the client sees one class, and whoever changes it one subject.
 */
export abstract class OperatorRequests {
  protected readonly session: OperatorSession

  constructor(session: OperatorSession) {
    this.session = session
  }

  protected async read<N extends OperatorRequestName>(
    event: N,
    payload: object,
    options?: CallOptions,
  ): Promise<OperatorAnswers[N]> {
    return (await this.session.read(event, payload, options)) as unknown as OperatorAnswers[N]
  }

  protected async command<N extends OperatorRequestName>(
    event: N,
    payload: object,
    options?: CommandOptions,
  ): Promise<OperatorAnswers[N]> {
    return (await this.session.command(event, payload, options)) as unknown as OperatorAnswers[N]
  }
}
