import type { ApprovalView } from '@holdpoint/shared'
import { clockTime, shortId } from '../model/time.ts'
import { linkTo } from '../state/route.ts'

/** AP9: the same bytes may have run already, which only a person can find out. */
export function BegunBefore({ at, id }: NonNullable<ApprovalView['begunBefore']>) {
  return (
    <p class="problem">
      <strong>It may have run already.</strong>{' '}
      {id === undefined ? (
        <>More actions of this agent ended as unknown, from {clockTime(at)} on, than are remembered.</>
      ) : (
        <>
          The same bytes were begun {clockTime(at)} (<a href={linkTo('queue', id)}>approval {shortId(id)}</a>
          ), and nobody knows how that ended.
        </>
      )}{' '}
      Find out before you let them run once more.
    </p>
  )
}
