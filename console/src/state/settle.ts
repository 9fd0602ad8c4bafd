import { type Intent, Unsettled } from '@holdpoint/client/operator'
import { onLeaving } from './of-person.ts'

const unsettled = new Unsettled()
onLeaving(() => unsettled.clear())

/** Whether this very order has been given and not ended: pressing twice orders nothing twice. */
export const isUnderWay = (intent: Intent): boolean => unsettled.isUnderWay(intent)

/** Runs a command until it is known how it ended, under the key that it was given before while nobody knows (PR2). */
export const settle = <R>(
  intent: Intent,
  run: (key: string) => Promise<R>,
  unknown?: () => void,
): Promise<R> => unsettled.settle(intent, run, unknown)
