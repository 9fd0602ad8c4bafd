import type { ApprovalView } from '@holdpoint/shared'
import { clockTime, shortId } from '../model/time.ts'
import { linkTo } from '../state/route.ts'

type Known = NonNullable<ApprovalView['begunBefore']>

/** AP9: the same bytes may have run already, which only a person can find out; or what has come out of it. */
export function BegunBefore({ at, ended, id }: Known) {
  return (
    <p class="problem">
      <strong>{ended ? headOf(ended) : 'It may have run already.'}</strong>{' '}
      {id === undefined ? (
        <>More actions of this agent ended as unknown, from {clockTime(at)} on, than are remembered</>
      ) : (
        <>
          The same bytes were begun {clockTime(at)} (<a href={linkTo('queue', id)}>approval {shortId(id)}</a>)
        </>
      )}
      {ended ? <Ended {...ended} /> : id === undefined ? '. ' : ', and nobody knows how that ended. '}
      {ended ? null : 'Find out before you let them run once more.'}
    </p>
  )
}

function headOf({ outcome }: NonNullable<Known['ended']>): string {
  if (outcome === 'success') return 'It has run already.'
  return outcome === 'failure' ? 'It was tried already, and failed.' : 'Somebody found out what became of it.'
}

function Ended({ at, by, outcome, ticket }: NonNullable<Known['ended']>) {
  if (outcome !== undefined)
    return (
      <>
        , and reported as a {outcome} {clockTime(at)}. Release it, and they run once more.
      </>
    )
  return (
    <>
      ; {by} resolved{' '}
      {ticket === undefined ? 'the ticket' : <a href={linkTo('tickets', ticket)}>ticket {shortId(ticket)}</a>}{' '}
      about it {clockTime(at)}: read there what came of it. Release this, and they run once more.
    </>
  )
}
