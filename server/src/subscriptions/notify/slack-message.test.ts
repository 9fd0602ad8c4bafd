import type { ApprovalView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { buttons, slackBlocks } from './slack-message.ts'

const canonical = '{"action":"api_call","args":{"path":"a"}}'

/** The action ids of the buttons under a page about this approval. */
function offered(view: Partial<ApprovalView>, bytes = canonical): readonly string[] {
  const item = {
    kind: 'approval',
    view: {
      id: '01900000-0000-7000-8000-000000000001',
      agent: 'bot',
      action: 'api_call',
      level: 'required',
      status: 'pending',
      revision: 1,
      digest: 'sha256:00',
      ...view,
    } as ApprovalView,
    canonical: bytes,
  } as const
  const blocks = slackBlocks(
    { id: 'm', tenant: 'default', agent: 'bot', says: 'page', item, link: 'https://console.example', at: 0 },
    { buttons: true },
  )
  return blocks.flatMap((block) =>
    'elements' in block ? (block.elements as { action_id: string }[]).map(({ action_id }) => action_id) : [],
  )
}

it('[AP9] offers to decide what a press is enough for, where every byte is shown', () =>
  expect(offered({})).toEqual([buttons.approve, buttons.deny, 'holdpoint.look']))

it.each([
  ['its level asks for a second factor', { level: 'required_2fa' }, canonical],
  ['its level asks for an admin', { level: 'admin_only' }, canonical],
  ['a rule asks for a second factor', { factor: true }, canonical],
  ['a rule asks for an admin', { role: 'admin' }, canonical],
  ['it may have run already', { begunBefore: { id: 'x', at: '2026-01-05T09:00:00.000Z' } }, canonical],
  ['it is decided', { status: 'approved' }, canonical],
  ['not every byte can be shown', {}, `${canonical}\u202E`],
] as const)('[AP9] only links where %s', (_why, view, bytes) =>
  expect(offered(view, bytes)).toEqual(['holdpoint.look']),
)
