@echo off
rem Runs every topic of efs_test.exe, and writes what it says to result-x64.txt or result-x32.txt beside this script; at
rem its end once more what failed of what was seen on Windows before, and what Windows says otherwise of the rest.
rem
rem   run.cmd [x64 or x32 [TOPIC...]]
rem
rem SPDX-License-Identifier: LGPL-2.1-or-later
setlocal
cd /d "%~dp0"
set arch=%~1
if "%arch%"=="" set arch=x64
set result=result-%arch%.txt
set found=result-%arch%.tmp
set WINETEST_COLOR=0
ver > "%result%"
shift
set topics=
:next
if "%~1"=="" goto named
set topics=%topics% %~1
shift
goto next
:named
if not "%topics%"=="" goto run
for /f "skip=1 tokens=1" %%t in ('%arch%\efs_test.exe --list') do call :topic %%t
goto end
:run
for %%t in (%topics%) do call :topic %%t
:end
rem a file can't be read and appended to at once
find "Test failed: " < "%result%" > "%found%"
echo == What failed >> "%result%"
type "%found%" >> "%result%"
find "Test marked flaky: " < "%result%" > "%found%"
echo == What Windows says otherwise >> "%result%"
type "%found%" >> "%result%"
del "%found%"
echo == End >> "%result%"
echo The result is in %result%
exit /b 0
:topic
echo %1
echo == %1 >> "%result%"
%arch%\efs_test.exe %1 >> "%result%" 2>&1
echo == %1 ended with %errorlevel% >> "%result%"
exit /b 0
