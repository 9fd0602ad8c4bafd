import type { ApprovalView } from '@holdpoint/shared'
import { body, headline, type Message } from './message.ts'
import { isShownPlainly } from './shown-plainly.ts'

/** What a button carries back: enough to decide on exactly what was shown. */
export interface Pressed {
  readonly tenant: string
  readonly kind: 'approval' | 'ticket'
  readonly id: string
  readonly revision?: number | undefined
  readonly digest?: string | undefined
}

/** Buttons by their action ids. */
export const buttons = {
  approve: 'holdpoint.approve',
  deny: 'holdpoint.deny',
  ack: 'holdpoint.ack',
  /** A link: Slack tells of its press all the same, and there is nothing to do. */
  look: 'holdpoint.look',
} as const

/** Levels that ask for more than a press of a button. */
const ONLY_LINKED: readonly ApprovalView['level'][] = ['required_2fa', 'admin_only']

/** Whether a press is enough to decide it, and its message showed every byte of it. */
export const mayBePressed = (
  { level, role, factor, begunBefore }: Pick<ApprovalView, 'level' | 'role' | 'factor' | 'begunBefore'>,
  canonical: string | undefined,
): boolean =>
  canonical !== undefined &&
  isShownPlainly(canonical) &&
  !factor &&
  // AP9: first somebody has to find out whether it ran
  begunBefore === undefined &&
  role !== 'admin' &&
  !ONLY_LINKED.includes(level)

/** A Block Kit message: plain text only, so that nothing in it is read as markup. */
export function slackBlocks(message: Message, options: { readonly buttons: boolean }): readonly object[] {
  const { item, link } = message
  const blocks: object[] = [section(headline(message))]
  const canonical = item?.kind === 'approval' ? item.canonical : undefined
  if (canonical !== undefined && isShownPlainly(canonical)) blocks.push(section(canonical))
  const actions = message.says === 'page' && options.buttons ? pressable(message) : []
  const look =
    link === undefined
      ? []
      : [{ type: 'button', text: plain('Look at it'), url: link, action_id: buttons.look }]
  if (actions.length + look.length > 0) blocks.push({ type: 'actions', elements: [...actions, ...look] })
  if (actions.length === 0) blocks.push(section(body(message)))
  return blocks
}

function pressable({ item, tenant }: Message): readonly object[] {
  if (!item) return []
  if (item.kind === 'ticket') {
    if (item.view.kind === 'question') return []
    return [button('Acknowledge', buttons.ack, { tenant, kind: 'ticket', id: item.view.id })]
  }
  const { id, revision, digest, status } = item.view
  if (status !== 'pending' || !mayBePressed(item.view, item.canonical)) return []
  const pressed: Pressed = { tenant, kind: 'approval', id, revision, digest }
  return [
    { ...button('Approve', buttons.approve, pressed), style: 'primary' },
    { ...button('Deny', buttons.deny, pressed), style: 'danger' },
  ]
}

const plain = (text: string) => ({ type: 'plain_text', text, emoji: false })
const section = (text: string) => ({ type: 'section', text: plain(text.slice(0, 3_000)) })
const button = (text: string, action: string, value: Pressed) => ({
  type: 'button',
  text: plain(text),
  action_id: action,
  value: JSON.stringify(value),
})
