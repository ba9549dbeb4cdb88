// SPDX-License-Identifier: MIT
/* Loses memory on purpose: under the address sanitizer this program must fail,
 * which proves that the leak checker runs there. */
#include <stdlib.h>

int main(void)
{
	void *volatile lost = malloc(40007);

	lost = NULL;
	return lost != NULL;
}
