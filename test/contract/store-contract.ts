/**
 * What every store adapter promises (ST1–ST11), as one suite: `storeContract('embedded', openHarness)`.
 * Nothing here knows an adapter; what only one of them has is tested beside it.
 */
import { describe } from 'vitest'
import { answerPromises } from './promises/answers.ts'
import { atomicStepPromises } from './promises/atomic-step.ts'
import { deadlinePromises } from './promises/deadlines.ts'
import { documentPromises } from './promises/documents.ts'
import { endPromises } from './promises/end.ts'
import { feedPromises } from './promises/feed.ts'
import { historyPromises } from './promises/history.ts'
import { recordPromises } from './promises/records.ts'
import { timePromises } from './promises/time.ts'
import { trimmingPromises } from './promises/trimming.ts'
import type { OpenHarness } from './store-harness.ts'

export function storeContract(name: string, open: OpenHarness): void {
  describe(`the ${name} store`, () => {
    documentPromises(open)
    atomicStepPromises(open)
    answerPromises(open)
    feedPromises(open)
    historyPromises(open)
    recordPromises(open)
    deadlinePromises(open)
    timePromises(open)
    endPromises(open)
    trimmingPromises(open)
  })
}
