import { checkActs } from './checks/acts.ts'
import { checkEpochs } from './checks/epochs.ts'
import { checkExpiry } from './checks/expiry.ts'
import { checkFeeds } from './checks/feeds.ts'
import { checkLost } from './checks/lost.ts'
import { checkPersons } from './checks/persons.ts'
import { checkTimely } from './checks/timely.ts'
import { checkTwice } from './checks/twice.ts'
import { type History, indexHistory } from './history.ts'

/**
 * Every promise that the history shows broken, a sentence each with its evidence; empty where all were kept.
 * It says nothing of promises that the history never put to the test: count those beside it.
 */
export function checkHistory(history: History): readonly string[] {
  const indexed = indexHistory(history)
  return [
    checkLost,
    checkTwice,
    checkActs,
    checkExpiry,
    checkEpochs,
    checkFeeds,
    checkPersons,
    checkTimely,
  ].flatMap((check) => check(indexed))
}
