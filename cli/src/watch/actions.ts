import type { Intent as Order } from '@holdpoint/client/operator'
import type { ApprovalDetail, ApprovalView, TicketView } from '@holdpoint/shared'
import { approvalLevels } from '@holdpoint/shared'
import { formFields } from '../output/ticket-details.ts'
import { visible } from '../output/visible.ts'
import type { ConsoleClient } from './console-client.ts'
import { approvalOutcome, ticketOutcome } from './outcomes.ts'

/** Where the person's orders go. */
export interface Desk {
  readonly client: ConsoleClient
  /** Runs a command under the key that this very order was given before, while nobody knows how it ended (PR2). */
  readonly settle: <R>(order: Order, run: (key: string) => Promise<R>) => Promise<R>
}

/** A question to the person, and what their answer does. `run` resolves with a sentence about what was done. */
export interface Prompt {
  readonly question: string
  readonly run: (text: string) => Promise<string>
  /** What is wrong with the text as it stands; it is kept then, to be mended. */
  readonly problemWith?: (text: string) => string | undefined
}

/** What a key leads to: something to be done at once, something to be asked first, or a sentence why not. */
export type Intent =
  | { readonly kind: 'act'; readonly run: () => Promise<string> }
  | { readonly kind: 'ask'; readonly prompt: Prompt }
  | { readonly kind: 'no'; readonly why: string }

const no = (why: string): Intent => ({ kind: 'no', why })
const ask = (question: string, run: Prompt['run']): Intent => ({ kind: 'ask', prompt: { question, run } })

const CAREFUL = approvalLevels.indexOf('required')

/**
 * From this level on nothing is released by somebody who did not have all of it before their eyes; nor what may have run already
 * (AP9).
 */
export const needsDetails = ({ level, begunBefore }: ApprovalView): boolean =>
  approvalLevels.indexOf(level) >= CAREFUL || begunBefore !== undefined

/** `shown`: the detail that was displayed to its last character; the decision is about exactly that (AP9, AP10). */
export function approveIntent(
  { client, settle }: Desk,
  view: ApprovalView,
  shown: ApprovalDetail | undefined,
): Intent {
  if (view.held) return no('It is held: resume the agent, then policy decides it anew.')
  if (shown === undefined)
    return no(
      view.begunBefore
        ? 'The same bytes were begun before: look at all of it first, with enter and space.'
        : needsDetails(view)
          ? `Level ${view.level}: look at all of it first, with enter and space.`
          : 'Its arguments are not shown whole here: look at all of it first, with enter and space.',
    )
  const approve = async (totp?: string) =>
    approved(
      await settle(['approve', ...named(shown), totp], (key) =>
        client.approve(shown, { key, ...(totp !== undefined && { totp }) }),
      ),
    )
  if (view.level === 'required_2fa') return ask('Six digits of your second factor:', approve)
  return { kind: 'act', run: () => approve() }
}

const named = ({ id, revision, digest }: ApprovalView): Order => [id, revision, digest]

const approved = (view: ApprovalView): string =>
  `${visible(view.action)}: ${approvalOutcome(view) ?? 'signed, and it still waits for others'}`

export const denyIntent = ({ client, settle }: Desk, displayed: ApprovalView): Intent =>
  ask(`Deny ${visible(displayed.action)}, because:`, async (reason) =>
    approved(
      await settle(['deny', ...named(displayed), reason], (key) => client.deny(displayed, reason, { key })),
    ),
  )

export const respondIntent = ({ client, settle }: Desk, displayed: ApprovalView): Intent =>
  ask(`Instead of ${visible(displayed.action)}, tell the agent:`, async (message) =>
    approved(
      await settle(['respond', ...named(displayed), message], (key) =>
        client.respond(displayed, message, { key }),
      ),
    ),
  )

export const acknowledgeIntent = ({ client, settle }: Desk, { id, kind }: TicketView): Intent =>
  kind === 'question'
    ? no('A question is answered with r.')
    : {
        kind: 'act',
        run: async () => {
          const { status } = await settle(['acknowledge', id], (key) => client.acknowledge(id, { key }))
          return `ticket ${status}`
        },
      }

export const notDeniedIntent = ({ kind }: TicketView): Intent =>
  no(
    kind === 'question'
      ? 'Nothing to deny: it asks. Answer with r.'
      : 'Nothing to deny: it is a ticket. Acknowledge it with a, resolve it with r.',
  )

/** Answers a question: by number or words where there are choices, as JSON where there is a form. */
export function answerIntent({ client, settle }: Desk, ticket: TicketView): Intent {
  const { id, kind, choices, schema } = ticket
  if (kind === 'ticket')
    return ask('Resolve it; what came of it:', async (resolution) =>
      closed(await settle(['resolve', id, resolution], (key) => client.resolve(id, { resolution, key }))),
    )
  const answer = async (given: unknown) =>
    closed(await settle(['answer', id, given], (key) => client.answer(id, given, { key })))
  if (schema)
    return {
      kind: 'ask',
      prompt: {
        question: `JSON {${formFields(schema).map(visible).join(', ')}}:`,
        run: async (text) => answer(JSON.parse(text)),
        problemWith: notJson,
      },
    }
  if (choices === undefined) return ask('Answer:', answer)
  const numbered = choices.map((choice, at) => `${at + 1} ${visible(choice)}`).join(', ')
  return ask(`${numbered}:`, (text) => answer((/^\d+$/.test(text) && choices[Number(text) - 1]) || text))
}

const closed = (ticket: TicketView): string => `${ticket.kind}: ${ticketOutcome(ticket) ?? ticket.status}`

function notJson(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch {
    return 'That is not JSON; nothing was sent. Mend it, or press esc.'
  }
}

export const pauseIntent = ({ client, settle }: Desk, agent: string): Intent =>
  ask(`Pause ${visible(agent)}, because:`, async (reason) => {
    const { results } = await settle(['pause', agent, reason], (key) => client.pause(agent, reason, { key }))
    return told('pause asked for', agent, results)
  })

export const stopIntent = ({ client, settle }: Desk, agent: string): Intent =>
  ask(`STOP and lock ${visible(agent)}, because:`, async (reason) => {
    const { results } = await settle(['stop', agent, reason], (key) => client.stop(agent, reason, { key }))
    return told('stop asked for', agent, results)
  })

export const resumeIntent = ({ client, settle }: Desk, agent: string): Intent => ({
  kind: 'act',
  run: async () => {
    const { results } = await settle(['resume', agent], (key) => client.resume(agent, undefined, { key }))
    return told('resumed', agent, results)
  },
})

function told(
  done: string,
  agent: string,
  results: Awaited<ReturnType<ConsoleClient['pause']>>['results'],
): string {
  const problem = results.find(({ ok }) => !ok)
  if (problem) throw new Error(problem.error?.message ?? 'The control plane refused it.')
  return `${visible(agent)}: ${done}; the table shows what it acknowledged`
}
