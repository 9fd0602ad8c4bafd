import { afterAll } from 'vitest'
import { testRedis } from '../harness/redis-server.ts'
import { openRedis } from './redis-harness.ts'
import { storeContract } from './store-contract.ts'
import { storeModel } from './store-model.ts'

const redis = await testRedis()
afterAll(() => redis[Symbol.asyncDispose]())
const open = () => openRedis(redis)

storeContract('redis', open)
storeModel('redis', open, 60)
