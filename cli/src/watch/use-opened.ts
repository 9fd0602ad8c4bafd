import type { ApprovalDetail } from '@holdpoint/shared'
import { useMemo, useState } from 'react'
import { approvalLines } from '../output/details.ts'
import { shortId } from '../output/format.ts'
import { ticketLines } from '../output/ticket-details.ts'
import { visible } from '../output/visible.ts'
import { wrapLines } from '../output/wrap.ts'
import type { ConsoleClient } from './console-client.ts'
import type { Item } from './items.ts'

/** The item that is shown whole. */
export interface Opened {
  readonly item: Item | undefined
  /** What is displayed, once it was read. */
  readonly detail: ApprovalDetail | undefined
  /** The same, once its last line was on screen. */
  readonly shownWhole: ApprovalDetail | undefined
  readonly title: string
  readonly page: { readonly lines: readonly string[]; readonly offset: number; readonly height: number }
  readonly open: (item: Item) => void
  readonly turn: (pages: 1 | -1) => void
  readonly scroll: (lines: 1 | -1) => void
}

interface State {
  readonly item?: Item
  readonly detail?: ApprovalDetail
  readonly lines: readonly string[]
  readonly offset: number
  /** The furthest line that was on screen, counted from the start. */
  readonly reached: number
  /** The width that the lines were counted at. */
  readonly columns: number
}

const CLOSED: State = { lines: [], offset: 0, reached: 0, columns: 0 }

export function useOpened(client: ConsoleClient, columns: number, height: number): Opened {
  const [state, setState] = useState<State>(CLOSED)
  const { item, detail, offset } = state
  const lines = useMemo(() => wrapLines(state.lines, columns), [state.lines, columns])
  // Broken to another width, the lines are other lines: what was on screen is counted from the start again.
  if (state.columns !== columns) setState({ ...state, columns, offset: 0, reached: height })

  const open = (next: Item) => {
    setState({ ...CLOSED, columns, item: next, lines: ['Reading it …'] })
    const show = (got: Pick<State, 'lines' | 'detail'>) =>
      setState((old) =>
        old.item?.id === next.id
          ? { ...old, ...got, reached: Math.min(height, wrapLines(got.lines, columns).length) }
          : old,
      )
    const failed = (error: Error) => show({ lines: [`✗ ${visible(error.message)}`] })
    if (next.kind === 'ticket') {
      client.ticket(next.id).then((ticket) => show({ lines: ticketLines(ticket) }), failed)
      return
    }
    client.approval(next.id).then((got) => {
      client.seen([got.id])
      show({ lines: approvalLines(got), detail: got })
    }, failed)
  }

  const goTo = (to: number) => {
    const next = Math.max(0, Math.min(to, lines.length - height))
    setState((old) => ({ ...old, offset: next, reached: Math.max(old.reached, next + height) }))
  }

  return {
    item,
    detail,
    shownWhole: detail && state.reached >= lines.length ? detail : undefined,
    title: item ? titleOf(item) : '',
    page: { lines, offset, height },
    open,
    turn: (pages) => goTo(offset + pages * Math.max(1, height - 1)),
    scroll: (by) => goTo(offset + by),
  }
}

const titleOf = ({ view, kind }: Item): string =>
  `${visible(view.agent)} ${kind === 'approval' ? `asks to ${visible(view.action)}` : view.kind === 'question' ? 'asks' : 'raised'} (${shortId(view.id)})`
