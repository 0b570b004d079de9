import { describe, expect, it } from '@jest/globals';
import { bracketed, isLoopback, readAddress } from './address.js';

describe('readAddress', () => {
  it.each([
    ['8080', '127.0.0.1', 8080],
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['localhost:65535', 'localhost', 65_535],
    ['[::1]:80', '::1', 80],
    ['0.0.0.0:80', '0.0.0.0', 80],
    ['mcp.example.com:80', 'mcp.example.com', 80],
  ])('reads %s', (text, host, port) => {
    expect(readAddress(text)).toEqual({ host, port });
  });

  it.each([
    '',
    'http://localhost:80',
    ':80',
    '127.0.0.1',
    '127.0.0.1:',
    '::1:80',
    '65536',
    '127.0.0.1:-1',
    'a b:80',
    '80\n',
  ])('takes %j for none', (text) => {
    expect(readAddress(text)).toBeUndefined();
  });
});

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.8.9.10', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.0.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['127.0.0.1.example.com', false],
    ['localhost.example.com', false],
  ])('of %s is %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});

describe('bracketed', () => {
  it('puts brackets around IPv6 alone', () => {
    expect(['::1', '127.0.0.1', 'a.example'].map(bracketed)).toEqual(['[::1]', '127.0.0.1', 'a.example']);
  });
});
