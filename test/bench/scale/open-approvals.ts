/** A store with many approvals that wait, all of which fall due at the same moment. */
import { newId } from '@holdpoint/shared'
import { inLanes } from '../lanes.ts'
import { fillStore } from './fill-store.ts'

/** As many as one agent may have open (AP14). */
const EACH = 20
const AT_ONCE = 256
/** How long a sending may wait for its approver, by the built-in policy. */
export const WAITS_MS = 24 * 60 * 60_000

const ARGS = { to: 'ana@example.org', subject: 'Order 4711', text: 'x'.repeat(100) }

/** `dueAt`: when all of them expire, ms since the epoch. */
export async function fillWithOpenApprovals(folder: string, count: number, dueAt: number): Promise<void> {
  await fillStore(folder, dueAt - WAITS_MS, ({ agent }) =>
    inLanes(Math.ceil(count / EACH), AT_ONCE, async (n) => {
      const worker = agent(`worker-${n}`)
      const { run } = await worker.say<{ run: { epoch: string } }>('run.start', { instance: newId() })
      for (let item = n * EACH; item < Math.min(count, (n + 1) * EACH); item++)
        await worker.say('action.request', {
          epoch: run.epoch,
          action: 'send_email',
          args: { ...ARGS, order: item },
        })
    }),
  )
}
