/*
 * The sector cipher's speed: cipher decrypt|encrypt|memcpy prints the seconds, and the seconds of processor, for 64
 * MiB.
 *
 * Taken in a buffer of 1 MiB, again and again, as efsraw decrypt works.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "efs/cipher.h"

#define BUFFER (1u << 20)
#define TOTAL  (64u << 20)

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct efs_fek fek = { EFS_ALG_AES_256, 32, { 1, 2, 3 } };
    uint8_t *data = malloc(BUFFER), *copy = malloc(BUFFER);
    struct efs_cipher *cipher;
    double wall = 0, cpu = 0;
    int round;
    size_t done;

    if (argc != 2 || !data || !copy || efs_cipher_open(&cipher, &fek, NULL)) return 1;
    memset(data, 0x5a, BUFFER);
    memset(copy, 0x5a, BUFFER);
    for (round = 0; round < 2; round++) /* the first only warms up */
    {
        wall = seconds(CLOCK_MONOTONIC);
        cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
        for (done = 0; done < TOTAL; done += BUFFER)
        {
            enum efs_error err = EFS_OK;

            if (!strcmp(argv[1], "decrypt")) err = efs_cipher_decrypt(cipher, done, data, BUFFER);
            else if (!strcmp(argv[1], "encrypt")) err = efs_cipher_encrypt(cipher, done, data, BUFFER);
            else memcpy(round ? data : copy, round ? copy : data, BUFFER);
            if (err) return 1;
        }
        wall = seconds(CLOCK_MONOTONIC) - wall;
        cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    }
    printf("%.9f %.9f\n", wall, cpu);
    efs_cipher_close(cipher);
    free(data);
    free(copy);
    return 0;
}
