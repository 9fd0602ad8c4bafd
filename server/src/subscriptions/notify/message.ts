import type { ApprovalView, TicketView } from '@holdpoint/shared'

/** What is said to one endpoint. The same `id` is the same message, however often it comes. */
export interface Message {
  readonly id: string
  readonly tenant: string
  readonly agent: string
  readonly says: 'page' | 'acknowledged' | 'closed' | 'test'
  /** AP12: they were told before, and it still waits. */
  readonly reminds?: true | undefined
  /** What it is about; undefined for a test. */
  readonly item?:
    | { readonly kind: 'ticket'; readonly view: TicketView }
    | { readonly kind: 'approval'; readonly view: ApprovalView; readonly canonical?: string | undefined }
    | undefined
  /** Where a console shows the item, where the server knows its own public address. */
  readonly link?: string | undefined
  /** ms. */
  readonly at: number
}

/** How one try to say it went. `gone`: the endpoint asks never to be told again. */
export type Sent =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'retry' | 'failed' | 'gone'; readonly reason: string }

export const DELIVERED: Sent = { outcome: 'delivered' }
export const failed = (reason: string): Sent => ({ outcome: 'failed', reason })
export const retry = (reason: string): Sent => ({ outcome: 'retry', reason })

/** One line for people. Never arguments, and never what an agent wrote: it goes to mail boxes and phones. */
export function headline({ says, reminds, item, agent }: Message): string {
  if (!item) return 'Holdpoint: a test of this channel'
  const { view } = item
  const what =
    item.kind === 'approval'
      ? `${agent} asks for ${item.view.action} (${item.view.level})${begunBefore(item.view)}`
      : `${agent}: ${item.view.kind === 'question' ? 'a question' : item.view.reason} (priority ${item.view.priority})`
  if (reminds) return `Holdpoint: reminder: ${what}`
  const state = says === 'page' ? '' : says === 'acknowledged' ? 'acknowledged: ' : `${view.status}: `
  return `Holdpoint: ${state}${what}`
}

function begunBefore({ begunBefore: before }: ApprovalView): string {
  if (!before) return ''
  return before.ended ? ', whose bytes were begun before' : ', which may have run already'
}

/**
 * Names that mail programs would make links of: an agent or an action may be called `example.com`. Where people look is the
 * console's address, and nothing that an agent chose.
 */
export const defanged = (text: string): string => text.replaceAll('.', '[.]').replaceAll('@', '[@]')

/** What a person can do about it, in a few lines of plain text. */
export function body(message: Message, head = headline(message)): string {
  const { item, link } = message
  if (!item) return 'This channel works. Nothing needs to be done.\n'
  const command =
    item.kind === 'approval'
      ? `holdpoint show ${item.view.id}`
      : `holdpoint ack ${item.view.id}   (stops further pages)`
  return [
    `${head.slice('Holdpoint: '.length)}`,
    '',
    ...('begunBefore' in item.view && item.view.begunBefore
      ? [
          item.view.begunBefore.ended
            ? 'The same bytes were begun before: look at what became of that before you release them.'
            : 'The same bytes were begun before, and nobody knows how that ended: find out before you release them.',
        ]
      : []),
    ...(item.view.page ? [`Step ${item.view.page.step}, round ${item.view.page.round}.`] : []),
    ...(link === undefined ? [] : [`Look at it: ${link}`]),
    `Or in a terminal: ${command}`,
    '',
  ].join('\n')
}
