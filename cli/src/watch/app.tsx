import { OutcomeUnknownError, Unsettled } from '@holdpoint/client/operator'
import type { ApprovalDetail } from '@holdpoint/shared'
import { Box, useApp } from 'ink'
import { useEffect, useRef, useState } from 'react'
import { visible } from '../output/visible.ts'
import {
  acknowledgeIntent,
  answerIntent,
  approveIntent,
  type Desk,
  denyIntent,
  type Intent,
  needsDetails,
  notDeniedIntent,
  pauseIntent,
  respondIntent,
  resumeIntent,
  stopIntent,
} from './actions.ts'
import { AgentTable } from './agent-table.tsx'
import type { ConsoleClient } from './console-client.ts'
import { Details } from './details.tsx'
import { Header } from './header.tsx'
import { Help } from './help.tsx'
import { fitsLine, ITEM_HEIGHT, ItemList, marksIn } from './item-list.tsx'
import type { Item } from './items.ts'
import { windowOf } from './rows.ts'
import { keysLine, type Mode, Screen, TooSmall, tooSmall } from './screen.tsx'
import { useArguments, useConsole } from './use-console.ts'
import { type Pressed, useKeys } from './use-keys.ts'
import { useOpened } from './use-opened.ts'
import { usePrompt } from './use-prompt.ts'
import { useRows } from './use-rows.ts'
import { useSize } from './use-size.ts'
import { useStillness } from './use-stillness.ts'

interface Props {
  readonly client: ConsoleClient
  readonly url: string
  readonly color: boolean
  /** When keys come and things change. Unit: ms, monotonic. */
  readonly clock?: () => number
}

/** Lines that are always there: header, two headings, message, keys, and one that ink needs below. */
const FIXED_LINES = 6
const MOST_AGENTS = 6
const NOT_CONNECTED = 'Not connected: what you see may be old, so nothing can be decided now.'
const SILENT =
  'The server gives no sign of life: what you see may be out of date. Only pause and stop are sent.'
const HALTING: ReadonlySet<string> = new Set(['p', 's'])
const TOO_SOON = 'The screen changed as that key came, so it was not taken: look, then press it again.'
const STILL_ASKING = 'No answer yet: whether it was done is not known. Asking again …'
const NOT_KNOWN = 'No answer came; order the same again to find out. It is not done twice.'

/** The terminal console. */
export function App({ client, url, color, clock = () => performance.now() }: Props) {
  const { exit } = useApp()
  const { rows: height, columns } = useSize()
  const isTooSmall = tooSmall(columns, height)
  const data = useConsole(client)
  const list = useRows(data.items, data.outcomes)
  const [mode, setMode] = useState<Mode>('lists')
  const [focus, setFocus] = useState<'items' | 'agents'>('items')
  const [agentCursor, setAgentCursor] = useState<string>()
  const [message, setMessage] = useState('')
  // In refs, as the next key may come before they are drawn.
  const busy = useRef(false)
  const leaving = useRef(false)
  const offsets = useRef({ items: 0, agents: 0 })
  const unsettled = useRef(new Unsettled())

  const { status } = data.connection
  const live = status === 'live'
  const agent = data.agents.find(({ id }) => id === agentCursor) ?? data.agents[0]
  const agentHeight = Math.max(1, Math.min(MOST_AGENTS, data.agents.length))
  const orderLines = data.orders.length > 0 ? 1 : 0
  const itemHeight = Math.max(1, Math.floor((height - FIXED_LINES - agentHeight - orderLines) / ITEM_HEIGHT))
  offsets.current.items = windowOf(offsets.current.items, list.at, itemHeight, list.rows.length)
  const agentAt = agent ? data.agents.indexOf(agent) : -1
  offsets.current.agents = windowOf(offsets.current.agents, agentAt, agentHeight, data.agents.length)

  const inSight = list.rows.slice(offsets.current.items, offsets.current.items + itemHeight)
  const argumentsOf = useArguments(
    client,
    inSight.map(({ item }) => item),
  )
  const marks = marksIn(inSight, argumentsOf, columns)
  const opened = useOpened(client, columns, Math.max(3, height - FIXED_LINES))

  const perform = async (run: () => Promise<string>) => {
    busy.current = true
    setMessage('Waiting for the control plane …')
    try {
      setMessage(`✓ ${await run()}`)
      setMode('lists')
    } catch (error) {
      setMessage(`✗ ${reasonOf(error)}`)
    } finally {
      busy.current = false
    }
  }

  const desk: Desk = {
    client,
    settle: (order, run) => unsettled.current.settle(order, run, () => setMessage(STILL_ASKING)),
  }

  const asking = usePrompt((run) => void perform(run))

  const selected = list.selected
  const inDetails = mode === 'details'
  const item = inDetails ? opened.item : selected?.item
  const settled = item && list.settledOf(item.id)
  const targetAgent = focus === 'agents' && !inDetails ? agent?.id : item?.view.agent

  /** What the list shows of it to the last character, where it may be released from there. */
  const listed = (one: Item): ApprovalDetail | undefined => {
    const detail = argumentsOf(one)
    return detail && !needsDetails(detail) && fitsLine(one, detail, columns, marks.get(one.id))
      ? detail
      : undefined
  }

  /** Decisions in the details are about what is displayed there, which may be older than what stands now. */
  const decide = (key: string): Intent | undefined => {
    if (item === undefined || (focus === 'agents' && !inDetails)) return undefined
    if (settled !== undefined) return { kind: 'no', why: `It was settled: ${settled}.` }
    if (item.kind === 'ticket') {
      if (key === 'a') return acknowledgeIntent(desk, item.view)
      return key === 'r' ? answerIntent(desk, item.view) : notDeniedIntent(item.view)
    }
    const displayed = inDetails ? (opened.detail ?? item.view) : item.view
    if (key === 'a') return approveIntent(desk, displayed, inDetails ? opened.shownWhole : listed(item))
    return key === 'd' ? denyIntent(desk, displayed) : respondIntent(desk, displayed)
  }

  const open = () => {
    if (!selected || selected.settled !== undefined || focus === 'agents') return
    setMessage('')
    opened.open(selected.item)
    setMode('details')
  }

  const back = () => {
    setMode('lists')
    setMessage('')
  }

  const move = (step: 1 | -1) => {
    setMessage('')
    if (focus === 'items') return list.move(step)
    const next = data.agents[Math.min(data.agents.length - 1, Math.max(0, agentAt + step))]
    setAgentCursor(next?.id)
  }

  const intentOf = (key: string): Intent | undefined => {
    if ('adr'.includes(key)) return decide(key)
    if (targetAgent === undefined) return undefined
    if (key === 'p') return pauseIntent(desk, targetAgent)
    return key === 's' ? stopIntent(desk, targetAgent) : resumeIntent(desk, targetAgent)
  }

  const stillness = useStillness(
    JSON.stringify([mode, focus, targetAgent, item?.id, revisionOf(item), asking.prompt?.question]),
    clock,
  )

  /** A key that decides or intervenes. */
  const command = (key: string, at: number) => {
    if (busy.current || !stillness.allows(at)) {
      stillness.disturb()
      if (!busy.current) setMessage(TOO_SOON)
      return
    }
    const intent = intentOf(key)
    if (intent === undefined) return
    // a stop is never out of date: it is on its way, for when the server lives
    const isSent = live || (status === 'silent' && HALTING.has(key))
    if (!isSent) return setMessage(status === 'silent' ? SILENT : NOT_CONNECTED)
    if (intent.kind === 'no') return setMessage(intent.why)
    setMessage('')
    if (intent.kind === 'act') void perform(intent.run)
    else asking.ask(intent.prompt)
  }

  const quit = () => {
    leaving.current = true
    exit()
  }

  const press = ({ name, text, at }: Pressed) => {
    if (leaving.current) return
    if (name === 'interrupt') return quit()
    // What cannot be drawn can not be decided on.
    if (isTooSmall) return text === 'q' ? quit() : undefined
    if (asking.take({ name, text })) return
    if (name === 'paste' || name === 'other') {
      stillness.disturb()
      return setMessage(name === 'paste' ? 'What was pasted was not taken for keys.' : '')
    }
    if (text === 'q') return quit()
    if (mode === 'help') return back()
    if (text === '?') return setMode('help')
    if (name === 'escape') return back()
    const down = name === 'down' || text === 'j'
    const up = name === 'up' || text === 'k'
    if (inDetails) {
      if (text === ' ' || name === 'page-down') return opened.turn(1)
      if (text === 'b' || name === 'page-up') return opened.turn(-1)
      if (down || up) return opened.scroll(down ? 1 : -1)
    } else {
      if (down || up) return move(down ? 1 : -1)
      if (name === 'tab') return setFocus(focus === 'items' ? 'agents' : 'items')
      if (name === 'enter') return open()
      if (text === 'o') return list.sort()
    }
    if (/^[adrpsu]$/.test(text)) command(text, at)
  }
  useKeys(press, clock)

  // A prompt that was open when the connection went must not send once it is back: what stands may be another thing.
  const { cancel } = asking
  // biome-ignore lint/correctness/useExhaustiveDependencies: `cancel` is new on each draw and does the same
  useEffect(() => {
    if (!live) cancel()
    else setMessage((shown) => (shown === NOT_CONNECTED || shown === SILENT ? '' : shown))
  }, [live])

  if (isTooSmall) return <TooSmall color={color} />
  const main = {
    help: () => <Help />,
    details: () => <Details {...opened.page} title={opened.title} settled={settled} />,
    lists: () => (
      <>
        <Box flexGrow={1}>
          <ItemList
            rows={list.rows}
            offset={offsets.current.items}
            height={itemHeight}
            cursor={list.cursor}
            focused={focus === 'items'}
            now={data.now}
            argumentsOf={argumentsOf}
            marks={marks}
          />
        </Box>
        <AgentTable
          agents={data.agents}
          offset={offsets.current.agents}
          height={agentHeight}
          cursor={agent?.id}
          focused={focus === 'agents'}
          orders={data.orders}
          columns={columns}
        />
      </>
    ),
  }[mode]
  return (
    <Screen
      color={color}
      columns={columns}
      height={height}
      header={<Header url={url} connection={data.connection} now={data.now} />}
      message={message}
      asking={asking}
      keys={keysLine(asking.prompt !== undefined, mode, status, columns)}
    >
      {main()}
    </Screen>
  )
}

function reasonOf(error: unknown): string {
  if (error instanceof OutcomeUnknownError) return NOT_KNOWN
  return visible(error instanceof Error ? error.message : String(error))
}

const revisionOf = (item: Item | undefined): string =>
  item?.kind === 'approval' ? `${item.view.revision} ${item.view.digest}` : ''
